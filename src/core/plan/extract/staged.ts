/**
 * Decides whether what was staged is what was planned. A server that sends files may say one thing in its list and send
 * another: nothing is put in its place that was not shown. Paths are texts of bytes (model/file-name).
 */
import { directoryOf, inDirectory, type Tree, type TreeEntry } from '../../model/extract/tree.ts';

/** What is staged, as it was listed, by its path in the snapshot. */
export interface PlannedEntries {
  /** Files and new directories. */
  readonly comes: ReadonlyMap<string, TreeEntry>;
  /** Directories whose attributes alone are needed. */
  readonly kept: ReadonlyMap<string, TreeEntry>;
}

/** Where in the stage they lie (`extract/stage-script`). */
export const STAGED_PARTS = ['new', 'meta'] as const;

/** `own`: on this machine, as whoever runs btrfleet, who may not give files to others nor make what runs as them. */
export type StagedFor = 'server' | 'own';

/** `tree`: of the stage. The first that is not as planned, or is not there; null: all of it is as planned. */
export function firstOther(planned: PlannedEntries, { entries }: Tree, target: StagedFor): string | null {
  const wanted = new Map<string, TreeEntry>();
  for (const [path, entry] of planned.comes) wanted.set(inDirectory('new', path), entry);
  for (const [path, entry] of planned.kept) wanted.set(inDirectory('meta', path), entry);
  const passed = onTheWay([...wanted.keys(), ...STAGED_PARTS]);
  // A stream brings them among what comes; from there they go nowhere but to the attributes.
  for (const path of onTheWay([...planned.kept.keys()].map((one) => `${inDirectory('new', one)}/`)))
    passed.add(path);
  for (const [path, staged] of entries) {
    const entry = wanted.get(path);
    const isAllowed = entry ? isAsPlanned(entry, staged, target) : staged.kind === 'd' && passed.has(path);
    if (!isAllowed) return inSnapshot(path);
  }
  for (const path of wanted.keys()) if (!entries.has(path)) return inSnapshot(path);
  return null;
}

const inSnapshot = (path: string): string => path.slice(path.indexOf('/') + 1);

/** Directories above them. */
function onTheWay(paths: readonly string[]): Set<string> {
  const passed = new Set(['', ...STAGED_PARTS]);
  for (const path of paths)
    for (let up = directoryOf(path); !passed.has(up); up = directoryOf(up)) passed.add(up);
  return passed;
}

const isAsPlanned = (wanted: TreeEntry, staged: TreeEntry, target: StagedFor): boolean =>
  wanted.kind === staged.kind &&
  (wanted.kind !== 'f' || wanted.sizeBytes === staged.sizeBytes) &&
  wanted.link === staged.link &&
  (wanted.kind === 'l' || hasRights(wanted, staged, target)) &&
  (target === 'own' || (wanted.uid === staged.uid && wanted.gid === staged.gid));

/** Octal; of `own` the marks that let a program run as its owner may be gone. */
function hasRights(wanted: TreeEntry, staged: TreeEntry, target: StagedFor): boolean {
  const [planned, there] = [Number.parseInt(wanted.mode, 8), Number.parseInt(staged.mode, 8)];
  return there === planned || (target === 'own' && there === (planned & ~RUNS_AS));
}

/** Marks by which a program runs as its owner or group. */
export const RUNS_AS = 0o6000;
