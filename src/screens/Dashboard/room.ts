/**
 * Decides how many rows each section of the Dashboard gets where not all fit: what presses first, enough of the section
 * one stands in, and a few of every other, so that no section hides the rest of the fleet.
 */
import type { Section } from './lines.ts';

export interface Demand {
  /** Lines of each section that is there at all. */
  readonly counts: ReadonlyMap<Section, number>;
  /** Of the reasons, those that are more than notes. */
  readonly pressing: number;
  /** The section with the cursor; null: it is in another pane. */
  readonly here: Section | null;
}

/** Who comes first where there is room for few. */
const ORDER: readonly Section[] = ['why', 'subvolumes', 'disks', 'running', 'failures', 'next'];

const LEAST: Readonly<Record<Section, number>> = {
  why: 4,
  subvolumes: 3,
  disks: 2,
  running: 2,
  failures: 1,
  next: 1,
};

/** Of the section with the cursor. */
const LEAST_HERE = 4;

/** Rows without the head, which takes one more; a section that is not in it is not shown. */
export function shareRows({ counts, pressing, here }: Demand, height: number): ReadonlyMap<Section, number> {
  const countOf = (section: Section): number => counts.get(section) ?? 0;
  const urgent = Math.min(countOf('why'), Math.max(pressing, here === 'why' ? 2 : 1));
  const rows = new Map<Section, number>();
  let left = height;
  const first = here === null ? ORDER : [here, ...ORDER.filter((section) => section !== here)];
  for (const section of first.filter((one) => countOf(one) > 0)) {
    const most = section === 'why' ? urgent : countOf(section);
    const least = Math.min(most, section === here ? LEAST_HERE : LEAST[section]);
    if (left < 2) break;
    rows.set(section, Math.min(least, left - 1));
    left -= Math.min(least, left - 1) + 1;
  }
  const fill = (section: Section, most: number): void => {
    const has = rows.get(section);
    if (has === undefined) return;
    const more = Math.max(0, Math.min(left, most - has));
    rows.set(section, has + more);
    left -= more;
  };
  fill('why', urgent);
  for (const section of first.filter((one) => one !== 'why')) fill(section, countOf(section));
  fill('why', countOf('why'));
  return rows;
}
