/** Decides what is reported of snapshots that were ordered: made, there already, failed and why, and the hooks. Pure. */

import { classify } from '../../btrfs/messages/classify.ts';
import { parseShow } from '../../btrfs/read/show.ts';
import type { SaidMember, SnapshotsSaid } from '../../btrfs/read/snapshots.ts';
import { quoteWord } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { PolicyHooks } from '../../model/policy.ts';
import type { HookResult } from '../../model/runs/made.ts';
import type { SnapshotReport } from '../../model/runs/snapshot.ts';
import type { Server } from '../../model/server.ts';
import { joinPath } from '../../model/snapshot.ts';
import { hookResult } from './hook-outcome.ts';

export type SaidDone = Extract<SnapshotsSaid, { readonly kind: 'done' }>;

/** A subvolume, and the directory of its snapshots. */
export interface Ordered {
  readonly path: string;
  readonly directory: string;
}

export interface ReportAbout {
  readonly server: Pick<Server, 'name' | 'user' | 'auth'>;
  readonly ordered: readonly Ordered[];
  /** As they were named. */
  readonly hooks: readonly PolicyHooks[];
}

/** `said` has a member for each that was ordered, in that order. */
export function snapshotReport(said: SaidDone, about: ReportAbout): SnapshotReport {
  const hooks = hookResults(said, about);
  const instead = untriedFault(said, hooks, about);
  const report: Mutable = { snapshots: [], failed: [], already: [] };
  said.members.forEach((member, index) => {
    const ordered = about.ordered[index];
    if (ordered) tell(report, member, ordered, about.server.name, instead);
  });
  return { ...report, spreadSeconds: spreadOf(said.members, report), hooks, tasks: [] };
}

interface Mutable {
  readonly snapshots: SnapshotReport['snapshots'][number][];
  readonly failed: SnapshotReport['failed'][number][];
  readonly already: SnapshotReport['already'][number][];
}

function tell(report: Mutable, member: SaidMember, ordered: Ordered, server: string, instead: Fault): void {
  const { path: subvolume, directory } = ordered;
  if (member.kind === 'none') report.failed.push({ subvolume, fault: instead });
  if (member.kind === 'already') report.already.push({ subvolume, name: member.name });
  if (member.kind !== 'tried') return;
  const { name, code, output } = member;
  const path = joinPath(directory, name);
  if (code !== 0) {
    const why = classify({ command: 'snapshot', code, stderr: output, server, subject: subvolume });
    report.failed.push({ subvolume, fault: why });
    return;
  }
  if (member.takenBack !== null) {
    report.failed.push({ subvolume, fault: incomplete(server, path, member.takenBack) });
    if (member.takenBack) return;
  }
  const shown = parseShow(member.shown);
  if (shown.ok && shown.value.readOnly && shown.value.uuid !== null) {
    report.snapshots.push({ subvolume, name, path, uuid: shown.value.uuid, createdAt: name });
  } else {
    report.failed.push({ subvolume, fault: notThere(server, path) });
  }
}

function hookResults({ hooks: ran }: SaidDone, { server, hooks, ordered }: ReportAbout): HookResult[] {
  const isOneOfMany = ordered.length > 1;
  return ran.flatMap(({ when, number, said }) => {
    const own = hooks[number];
    const hook = own?.[when];
    if (!own || !hook) return [];
    const required = when === 'before' && own.before?.required === true;
    return hookResult(said, { when, hook, required, server, subvolume: own.subvolume, isOneOfMany });
  });
}

/** Why a member was not even tried. */
function untriedFault(said: SaidDone, hooks: readonly HookResult[], { server }: ReportAbout): Fault {
  const about = { server: server.name };
  if (said.stopped) {
    return fault(
      'cancelled',
      `Cancelled before a snapshot was made on ${server.name}.${hooks.some(({ when }) => when === 'after') ? ' The command after it was run.' : ''}`,
      'Start it again when you want it.',
      about,
    );
  }
  if (said.taken) {
    return fault(
      'name-taken',
      `No name is free for a snapshot of this time on ${server.name}: there is something of each already.`,
      `Look at the clock of this machine and at the directory of snapshots on ${server.name}.`,
      about,
    );
  }
  // After the one that stopped it none was begun.
  const last = hooks.findLast(({ when }) => when === 'before');
  return (
    last?.fault ??
    fault(
      'command-failed',
      `The command that makes snapshots on ${server.name} made none and did not say why.`,
      'Try again. If it stays so, please report it.',
      about,
    )
  );
}

/** Seconds between the first and the last that stay, as the server measured it. */
function spreadOf(members: readonly SaidMember[], { snapshots }: Mutable): number {
  if (snapshots.length < 2) return 0;
  const times = members.flatMap((member) =>
    member.kind === 'tried' && member.code === 0 && member.takenBack === null ? [member.uptimeSeconds] : [],
  );
  return Math.round((Math.max(...times) - Math.min(...times)) * 100) / 100;
}

const incomplete = (server: string, path: string, gone: boolean): Fault =>
  fault(
    'command-failed',
    `Another member of the group failed, so ${path} ${gone ? 'was taken back' : 'could not be taken back and is still there'}.`,
    'Mend what the other member says, then make the group again.',
    { server },
  );

const notThere = (server: string, path: string): Fault =>
  fault(
    'verify-failed',
    `btrfs said it made ${path} on ${server}, but it is not there read-only.`,
    `Look at it there with "btrfs subvolume show ${quoteWord(path)}".`,
    { server },
  );
