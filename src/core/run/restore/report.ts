/** Decides what a restore came to, from what the server said of it. */
import { restoreSudoersLines } from '../../btrfs/ask/commands.ts';
import type { RestoreMode } from '../../btrfs/ask/restore-script.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import type { Refusal, SaidPlace, SaidRestore } from '../../btrfs/read/restored.ts';
import { sudoersHint } from '../../hosts/facts.ts';
import type { Host } from '../../hosts/port/host.ts';
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import {
  type RestoreReport,
  type RestoreRequest,
  type RestoreStep,
  replacedName,
  restoringName,
} from '../../model/runs/restore.ts';
import { baseName, joinPath, parentDirectory } from '../../model/snapshot.ts';
import type { RestorePlan, RestoreWay } from '../../plan/restore/restore-plan.ts';

export interface Carried {
  readonly server: string;
  readonly host: Host;
  readonly plan: Omit<RestorePlan, 'request'>;
  readonly said: SaidRestore;
  readonly mode: RestoreMode;
}

export function restoreReport(request: RestoreRequest, carried: Carried): RestoreReport {
  const { server, said, plan } = carried;
  const { subvolume, from, live } = request;
  const nothing = { uuid: null, replaced: null, moved: [], left: [], steps: [], places: [] } as const;
  const report = { subvolume, server, from, ...nothing };
  switch (said.kind) {
    case 'restored':
      return {
        ...{ ...report, outcome: 'restored', uuid: said.uuid, fault: null, ...innerOf(plan, said) },
        replaced: plan.replacedPath === null || said.isGone ? null : { path: plan.replacedPath, uuid: live },
        steps: [...defaultSteps(plan, said), ...plan.steps],
      };
    case 'refused':
      if (carried.mode === 'settle')
        return { ...report, outcome: 'unknown', fault: refusedFault(carried, request, said) };
      return { ...report, outcome: 'rolled-back', fault: refusedFault(carried, request, said) };
    case 'rolled-back': {
      const { kept } = said;
      const places = kept === null ? [] : [{ path: placeOf(plan.way, kept), uuid: null }];
      return {
        ...report,
        outcome: 'rolled-back',
        uuid: live,
        places,
        fault: backFault(carried, request, said),
      };
    }
    case 'rollback-failed': {
      const places = said.places.map(({ name, uuid }) => ({ path: placeOf(plan.way, name), uuid }));
      return {
        ...report,
        outcome: 'rollback-failed',
        places,
        fault: lostFault(carried, request, said),
      };
    }
    case 'unknown':
      return { ...report, outcome: 'unknown', fault: unknownFault(carried, request) };
  }
}

/** What is known where nobody asks any more. */
export function forgottenReport(request: RestoreRequest, run: number): RestoreReport {
  const { subvolume, server, from } = request;
  const nothing = { uuid: null, replaced: null, moved: [], left: [], steps: [], places: [] } as const;
  const why = fault(
    'interrupted',
    `What came of restore ${run} of ${subvolume} on ${server} is not known, and btrfleet does not ask any more.`,
    whereToLook(request),
    { server },
  );
  return { subvolume, server, from, ...nothing, outcome: 'unknown', fault: why };
}

/** For whom the filesystem comes back to after all. */
function whereToLook({ filesystem, inside, at, back }: RestoreRequest): string {
  const name = baseName(inside);
  const parent = parentDirectory(`/${inside}`);
  const names = [name, restoringName(name, at), replacedName(name, at)].join(', ');
  return back
    ? `If the filesystem ${filesystem} comes back: ${back.to} may be half received there.`
    : `If the filesystem ${filesystem} comes back: look below its top level, in ${parent}, for ${names}.`;
}

type Restored = Extract<SaidRestore, { kind: 'restored' }>;

function innerOf(
  { nested }: Pick<RestorePlan, 'nested'>,
  { moved, left }: Restored,
): Pick<RestoreReport, 'moved' | 'left'> {
  const moving = nested.filter(({ stays }) => stays === null).map(({ path }) => path);
  const stayed = nested.flatMap(({ path, stays }) =>
    stays === null
      ? []
      : [{ path, why: stays === 'chosen' ? 'as it was asked for' : 'btrfs moves no read-only one' }],
  );
  return {
    moved: moved.flatMap((index) => moving[index] ?? []),
    left: [...left.flatMap(({ index, said }) => leftOf(moving[index], said)), ...stayed],
  };
}

const leftOf = (path: string | undefined, said: string) =>
  path === undefined ? [] : [{ path, why: said === '' ? 'there is no place for it' : said }];

/** What the machine starts from where nobody names a subvolume. */
function defaultSteps(
  { way }: Pick<RestorePlan, 'way'>,
  { makeDefault, isDefaultKnown }: Restored,
): RestoreStep[] {
  if (!isDefaultKnown)
    return [
      {
        what: 'Whether what was put aside is the default subvolume could not be found out: it takes a right that is not there.',
        command: `btrfs subvolume get-default ${way.mount}`,
      },
    ];
  if (makeDefault === null || makeDefault === 'set') return [];
  return [
    {
      what: 'What was put aside is still the default subvolume, from which the machine starts.',
      command: `btrfs subvolume set-default ${makeDefault} ${way.mount}`,
    },
  ];
}

/** For people: where no mount shows it, as the filesystem knows it. */
const placeOf = ({ mount, below, isTop }: RestoreWay, name: string): string =>
  isTop ? joinPath(`/${below}`.replace(/\/$/, '') || '/', name) : joinPath(joinPath(mount, below), name);

function refusedFault(
  { server, host, plan, said: { said } }: Carried,
  { subvolume, from }: RestoreRequest,
  { why, name }: Extract<SaidRestore, { kind: 'refused' }>,
): Fault {
  const about = { server };
  const refused = (message: string, hint: string): Fault => fault('refused', message, hint, about);
  const words: Readonly<Record<Refusal, () => Fault>> = {
    flock: () =>
      fault(
        'tool-missing',
        `${server} has no flock that locks what is open, by which two restores at once are told apart. Nothing was done.`,
        'Install util-linux there.',
        about,
      ),
    top: () => failure({ host, server, subject: plan.way.mount, kind: 'show', said }),
    snapshot: () => failure({ host, server, subject: from.name, kind: 'show', said }),
    parent: () => failure({ host, server, subject: parentDirectory(subvolume), kind: 'show', said }),
    locked: () =>
      fault(
        'locked',
        `Somebody else is restoring on ${server} at this moment, or one that was cut off is still at it.`,
        'Try again.',
        about,
      ),
    'other-snapshot': () => refused(`${from.name} on ${server} is another snapshot than it was.`, AGAIN),
    changed: () =>
      refused(`${subvolume} on ${server} is another one than it was when it was planned.`, AGAIN),
    gone: () => refused(`${from.name} on ${server} is not there any more.`, AGAIN),
    rights: () =>
      fault(
        'sudo-missing',
        `${host.server.user} on ${server} may not put a subvolume in the place of another one with sudo. Nothing was done.`,
        sudoersHint(server, [...host.facts.sudoers, ...restoreRights(host)]),
        about,
      ),
    taken: () =>
      fault(
        'name-taken',
        `There is a ${name} on ${server} already.`,
        'Look at it there, and try again.',
        about,
      ),
  };
  return words[why]();
}

const AGAIN = 'Nothing was done. Plan it again, look at it, and start that.';

function backFault(
  { host, server, mode, said: { said } }: Carried,
  { subvolume }: RestoreRequest,
  { at, kept }: Extract<SaidRestore, { kind: 'rolled-back' }>,
): Fault {
  const left = kept === null ? '' : ` ${kept} beside it was left: somebody wrote to it.`;
  if (mode === 'settle' && said === '')
    return fault(
      'interrupted',
      `A restore of ${subvolume} on ${server} was cut off before it began to take its place; all is as it was.${left}`,
      'Start it again when you want it.',
      { server, retry: false },
    );
  const kind = at === 'make' ? 'snapshot' : 'rename';
  const why = failure({ host, server, subject: subvolume, kind, said });
  return { ...why, message: `${why.message} All is as it was.${left}`, retry: false };
}

const failure = ({
  host,
  kind,
  said,
  ...about
}: {
  host: Host;
  kind: 'show' | 'snapshot' | 'rename';
  said: string;
  server: string;
  subject: string;
}): Fault =>
  classify({
    ...about,
    command: kind,
    code: 1,
    stderr: said,
    sudoers: [...host.facts.sudoers, ...restoreRights(host)],
  });

/** Beyond what all else needs, and only for this. */
const restoreRights = ({ server, facts: { sudo, sudoers } }: Host): string[] =>
  sudo.length === 0 ? [] : restoreSudoersLines(server.user, sudoers);

function lostFault(
  { server, plan }: Carried,
  { subvolume }: RestoreRequest,
  { places, said }: Extract<SaidRestore, { kind: 'rollback-failed' }>,
): Fault {
  const what = ({ uuid, isOther }: SaidPlace): string =>
    uuid ?? (isOther ? 'something that is no subvolume' : 'not there');
  const where = places.map((one) => `${placeOf(plan.way, one.name)}: ${what(one)}`).join('; ');
  return fault(
    'rollback-failed',
    `${subvolume} on ${server} is neither restored nor as it was. ${where}.${said === '' ? '' : ` ${said}`}`,
    `Nothing was deleted. Look at it on ${server}; move away what does not belong there, and rename what does: mv -T OLD NEW`,
    { server, retry: false },
  );
}

const unknownFault = ({ server, said: { said } }: Carried, { subvolume }: RestoreRequest): Fault =>
  fault(
    'interrupted',
    `Whether ${subvolume} on ${server} is restored is not known: the server did not say. ${said}`.trim(),
    `The next start of btrfleet finds out and finishes it or goes back. At once: ${command('restore', 'list')}`,
    { server, retry: true },
  );
