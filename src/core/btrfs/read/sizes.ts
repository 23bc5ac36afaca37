/** Decides what `btrfs qgroup show --raw` and `btrfs filesystem du -s --raw` say of the size of subvolumes. */
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { SubvolumeSize } from '../../model/storage.ts';
import { escaped } from '../messages/escaped.ts';

/** By subvolume id; groups above level 0 are nobody's own. Faults: `listing-failed`. */
export function parseQgroups(lines: readonly string[]): Result<Map<number, SubvolumeSize>> {
  const sizes = new Map<number, SubvolumeSize>();
  for (const line of lines) {
    const [, level, id, referenced, exclusive] = /^\s*(\d+)\/(\d+)\s+(\d+)\s+(\d+)/.exec(line) ?? [];
    if (level !== '0' || id === undefined) continue;
    sizes.set(Number(id), { referencedBytes: Number(referenced), exclusiveBytes: Number(exclusive) });
  }
  return sizes.size > 0 ? ok(sizes) : failed(odd('btrfs qgroup show --raw', lines[0] ?? ''));
}

export interface DuLine {
  /** As it was asked for. */
  readonly path: string;
  readonly size: SubvolumeSize;
}

/**
 * One line of `du -s --raw`: total, exclusive, set shared, path. Null: the heading. What it walked over is counted as
 * it was found, so of a subvolume in use it is a moment that never was.
 */
export function parseDuLine(line: string): Result<DuLine | null> {
  if (/^\s*Total\s+Exclusive/.test(line)) return ok(null);
  const [, total, exclusive, path] = /^\s*(\d+)\s+(\d+)\s+(?:\d+|-) {2}(.+)$/.exec(line) ?? [];
  if (total === undefined || exclusive === undefined || path === undefined) {
    return failed(odd('btrfs filesystem du -s --raw', line));
  }
  return ok({ path, size: { referencedBytes: Number(total), exclusiveBytes: Number(exclusive) } });
}

const odd = (command: string, line: string) =>
  fault(
    'listing-failed',
    `"${command}" printed a line that is not understood: "${escaped(line.slice(0, 200))}".`,
    'Another version of btrfs-progs may write it differently; please report it with "btrfs --version".',
  );
