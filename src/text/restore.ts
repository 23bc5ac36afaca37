/** Decides how people read what a restore came to: what is where now, and what is left to be done. */
import type { RestoreReport, ShownRestore, ShownSentBack } from '../core/model/runs/restore.ts';
import { formatAge, formatBytes, formatName } from './format.ts';

/** Why it failed is told apart from it. */
export function restoreLines({
  outcome,
  subvolume,
  from,
  replaced,
  moved,
  left,
  steps,
}: RestoreReport): string[] {
  if (outcome !== 'restored') return [];
  return [
    `${formatName(subvolume)} is as ${formatName(from.name)} was`,
    ...(replaced ? [`what was there before is ${formatName(replaced.path)}, until somebody deletes it`] : []),
    ...moved.map((path) => `moved along: ${formatName(path)}`),
    ...left.map(({ path, why }) => `stayed in what was put aside: ${formatName(path)} (${formatName(why)})`),
    ...steps.flatMap(({ what, command }, index) => [
      `${index === 0 ? 'left to do: ' : ''}${what}`,
      ...(command === null ? [] : [`  ${formatName(command)}`]),
    ]),
  ];
}

/** What it would do, before it is done. `now`: milliseconds since 1970 UTC. */
export function planLines(shown: ShownRestore, now: number): string[] {
  const { nested, replacedPath } = shown;
  const names = (some: typeof nested): string => some.map(({ path }) => formatName(path)).join(', ');
  const [moving, staying] = [nested.filter(({ moves }) => moves), nested.filter(({ moves }) => !moves)];
  return [
    headLine(shown, now),
    replacedPath === null
      ? '  It is not there now, so nothing is put aside.'
      : `  What is there now is kept as ${formatName(replacedPath)}, until somebody deletes it.`,
    ...wireLines(shown),
    ...(moving.length > 0 ? [`  Subvolumes inside that move along: ${names(moving)}`] : []),
    ...(staying.length > 0 ? [`  Subvolumes inside that stay in what is put aside: ${names(staying)}`] : []),
    ...(shown.replaces === null ? [] : linesOfUse(shown)),
    ...shown.steps.flatMap(({ what, command }) => [
      `  To do afterwards: ${what}`,
      ...(command === null ? [] : [`    ${formatName(command)}`]),
    ]),
  ];
}

function wireLines({ back, from, wireBytes }: ShownRestore): string[] {
  if (back === null) return ['  Nothing is sent over the wire.'];
  const how = back.base === null ? 'in full' : `on the base of ${formatName(back.base)}`;
  const size =
    wireBytes === null ? 'how much that is could not be found out' : `about ${formatBytes(wireBytes)}`;
  return [
    `  First ${formatName(back.path)} is sent back from ${back.server}, ${how}: ${size}.`,
    `  It stays where snapshots are made, as ${formatName(from.name)}; the rules of retention count it.`,
    ...(back.different ? differentLines(back) : []),
    ...(back.isProven
      ? []
      : ['  Nothing that is left of the subvolume proves that this is a replica of it: look at the path.']),
  ];
}

/** It may be the better one: nobody knows yet which of the two was wrong. */
function differentLines({ server, different }: Pick<ShownSentBack, 'server' | 'different'>): string[] {
  if (different === null) return [];
  const { at, what, inherited } = different;
  const which = inherited === null ? 'It' : `It was received on top of ${formatName(inherited)}, which`;
  return [
    `  ${which} was compared with its source${at === '' ? '' : ` at ${at}`} and is not the same: ${formatName(what)}.`,
    `  Which of the two was right is not known. Look at these files, and at the disk and the memory of ${formatName(server)}.`,
  ];
}

function headLine({ subvolume, server, from }: ShownRestore, now: number): string {
  const what = `${formatName(subvolume)} on ${server} becomes`;
  return from.path === null
    ? `${what} ${formatName(from.name)} again, as that is now.`
    : `${what} what it was in ${formatName(from.name)} (${formatAge(from.createdAt, now)} old).`;
}

/** Processes that are named; of more only how many. */
const NAMED = 5;

function linesOfUse({ openBy, openByAll, mountedInside, swapFiles }: ShownRestore): string[] {
  const named = (openBy ?? []).slice(0, NAMED).map(({ pid, name }) => `${formatName(name)} (${pid})`);
  const more = (openBy?.length ?? 0) - named.length;
  return [
    ...(openBy === null ? ['  Which processes use it could not be looked at.'] : []),
    ...(named.length > 0
      ? [
          `  In use by ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}: they go on with what is put aside until they are started again.`,
        ]
      : []),
    ...(openBy !== null && !openByAll ? ['  Processes of other users could not be looked at.'] : []),
    ...mountedInside.map(
      (path) => `  Mounted inside: ${formatName(path)}. It goes with what is put aside; mount it again.`,
    ),
    ...swapFiles.map(
      (path) => `  A swap file in use: ${formatName(path)}. It stays in use where it is put aside.`,
    ),
  ];
}
