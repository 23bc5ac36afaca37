/** Decides what stands below a list of the line at the cursor: what it says in full, and the next step. */
import { span } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import { formatName } from '../../text/format.ts';
import { truncate, wrap } from '../../text/width.ts';

/** Rows it takes. */
export const FOOT = 3;

/** Where there are fewer rows than that, the list needs them itself. */
const ROOMY = 18;

export const footRoom = (height: number): number => (height >= ROOMY ? FOOT : 0);

/** `hint` empty: there is nothing to do. What does not fit is marked as cut. */
export function footLines({ message, hint }: { message: string; hint: string }, width: number): Line[] {
  const said = cutAt(formatName(message), width - 2, hint === '' ? FOOT : FOOT - 1);
  const step = hint === '' ? [] : cutAt(formatName(hint), width - 2, FOOT - said.length);
  return [
    ...said.map((text): Line => [span(` ${text}`, 'bold')]),
    ...step.map((text): Line => [span(` ${text}`, 'accent')]),
  ];
}

function cutAt(text: string, width: number, most: number): string[] {
  const all = wrap(text, width);
  const shown = all.slice(0, most);
  const last = shown.at(-1) ?? '';
  return all.length > most ? [...shown.slice(0, -1), truncate(`${last} …`, width)] : shown;
}
