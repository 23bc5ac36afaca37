/** The words for what somebody should know of a subvolume: on the primary, of its replicas, of tasks and their targets. */
import { command } from '../../core/model/command-line.ts';
import { baseName } from '../../core/model/snapshot.ts';
import type { Coming, Sending } from '../../core/model/status/finding.ts';
import { serverOf } from '../../core/model/target.ts';
import { foreignText } from '../../core/plan/catalog/foreign-history.ts';
import { WHY } from '../../core/plan/catalog/identity-words.ts';
import { span } from '../age.ts';
import { formatBytes } from '../format.ts';
import { listed, type Place, SAID, type WordsOf } from './told.ts';

export const REPLICATION_WORDS = {
  unchecked: ({ fault, seenAt }, { where }) => {
    const since = seenAt === null ? 'It was never looked at' : `It was last seen at ${seenAt}`;
    return [
      `${where} could not be checked: ${fault?.message ?? 'nobody has looked at it.'} ${since}.`,
      fault?.hint ?? lookAt(serverOf(where)),
    ];
  },
  'subvolume-gone': (_, { subvolume, where }) => [
    `${subvolume} is not on ${where} any more.`,
    `See what there is of it: ${command('snapshot', 'list', subvolume)}`,
  ],
  'no-snapshot': (_, { subvolume, where }) => [
    `${subvolume} has no snapshot on ${where}, so nothing of it can be brought back.`,
    `Make one: ${command('snapshot', 'create', subvolume)}`,
  ],
  'not-on-primary': ({ snapshot, status }, { where }) => [
    {
      missing: `${where} does not have ${snapshot}.`,
      modified: `${snapshot} was made writable on ${where}: it may not be what it was.`,
      partial: `${snapshot} is only half there on ${where}.`,
    }[status],
    'Its replicas can be used all the same, where they are complete.',
  ],
  'identity-unproven': SAID,
  'out-of-reach': SAID,
  nested: SAID,
  'dated-ahead': ({ first, others }, { subvolume }) => [
    `${first}${others === 0 ? '' : ` and ${others} more`} of ${subvolume} ${others === 0 ? 'is' : 'are'} dated in the future: a clock was wrong then, or is now.`,
    `Look at the clocks. Clean-ups keep what is dated so; when it is not needed: ${command('snapshot', 'delete', subvolume, first)}`,
  ],
  'snapshots-overdue': ({ ageSeconds }, { subvolume }) => [
    `The newest snapshot of ${subvolume} is ${span(ageSeconds)} old: two in a row that were due have not been made.`,
    'Is a scheduler running? "btrfleet run list --kind snapshot --failed" shows what went wrong.',
  ],
  foreign: ({ made, there }, { subvolume }) => [
    `${subvolume} has ${foreignText(made, there)}. btrfleet deletes none of them, and whoever made them may.`,
    `See them: ${command('snapshot', 'list', subvolume)}`,
  ],
  'no-replica': ({ what, sending }, { subvolume }) => [
    `No whole replica of ${what} was found anywhere.`,
    sendHint(sending, subvolume),
  ],
  'no-replica-known': ({ what, open, sending }, { subvolume, level }) => [
    level === 'failed'
      ? `No whole replica of ${what} is known, and ${open.join(', ')} could not be checked.`
      : `Whether there is a whole replica of ${what} is not known: ${open.join(', ')} could not be checked.`,
    sendHint(sending, subvolume),
  ],
  'no-other-server': ({ what, primary }) => [
    `There is no copy of ${what} beside the one on ${primary}, and no server to have one.`,
    'Add another server: btrfleet server add NAME --host HOST --user root',
  ],
  'replica-gone': ({ path, goneAt, isRunning, sending }, { subvolume, where }) => [
    `The replica ${path} was on ${where} and is gone; btrfleet did not delete it. It was first missed at ${goneAt}.${running(isRunning)}`,
    sendHint(sending, subvolume),
  ],
  'not-there': ({ snapshot, sending }, { subvolume, where }) => [
    `${where} does not have ${snapshot}.`,
    sendHint(sending, subvolume),
  ],
  'not-there-any-more': ({ snapshot, task, isRunning, sending }, { subvolume, where }) => [
    `${where} does not have ${snapshot}. The last round of the task ${task} had it there.${running(isRunning)}`,
    sendHint(sending, subvolume),
  ],
  'newest-missing': ({ sending, ...there }, place) => [
    `${has(there, place)}${there.restorePoint === null ? '' : ', and lacks the newest'}.`,
    sendHint(sending, place.subvolume),
  ],
  late: ({ task, isRunning, ...there }, place) => [
    `${has(there, place)}${there.restorePoint === null ? '' : ': it is late'}.${running(isRunning)}`,
    seeTask(task),
  ],
  'to-come': ({ task, coming, ...there }, place) => [
    `${has(there, place)}; the newest is ${comingText(coming)}.`,
    seeTask(task),
  ],
  'older-gone': ({ names, goneAt, here, primary }, { subvolume, where }) => {
    const isOne = names.length === 1;
    const what = isOne ? 'An older replica' : `${names.length} older replicas`;
    const them = isOne ? 'it' : 'them';
    return [
      `${what} of ${subvolume} ${isOne ? 'is' : 'are'} gone from ${where}, and btrfleet did not delete ${them}: ${listed(names)}. First missed at ${goneAt}.`,
      here === null
        ? `${primary} does not have ${them} any more. If it was meant, nothing needs to be done.`
        : `Send it again: ${command('replicate', 'auto', subvolume, '--to', where, '--snapshot', here)}`,
    ];
  },
  'disk-away': ({ ageSeconds, fault }, { where }) => [
    `The disk of ${where} is not there now. ${ageSeconds === null ? 'No replica is known to be on it' : `Its newest known replica is ${span(ageSeconds)} old`}.`,
    fault?.hint ?? 'Plug it in and mount it; the next round brings it up to date.',
  ],
  'half-there': ({ what, isComing, sending }, { subvolume, where }) => [
    `${what} is only half there on ${where}${isComing ? ': it is being received' : ''}.`,
    isComing ? 'See how far it is: btrfleet run list' : sendHint(sending, subvolume),
  ],
  changed: ({ path, readOnly, doubt, primary, heldBytes }, place) => [
    readOnly
      ? `${path} on ${place.where} is not proven to be the snapshot of that name on ${primary}: ${doubt ? WHY[doubt] : 'it was made writable and read-only again, or made there'}.`
      : `The replica ${path} on ${place.where} was made writable: it may differ from what was sent.`,
    doubt === 'different' ? ofDifferent(path, heldBytes, place) : DELETE_CHANGED,
  ],
  'not-proven': ({ ageSeconds, level, share }, { subvolume, where }) => [
    ageSeconds === null
      ? `What ${where} has of ${subvolume} now was never compared with its source: what was compared before was different, or all was sent again since.`
      : `What ${where} has of ${subvolume} was last compared with its source ${span(ageSeconds)} ago (${level}).`,
    `Compare it: ${command('verify', subvolume, '--to', where, '--level', level, ...(share === null ? [] : ['--share', `1/${share}`]))}`,
  ],
  'more-changed': ({ count }, { subvolume, where }) => [
    `${count} older replicas on ${where} were changed, or are different, too.`,
    `See them: ${command('snapshot', 'list', subvolume, '--server', serverOf(where))}`,
  ],
  'rpo-breached': ({ task, rpoSeconds, wouldLoseSeconds, primary }, { where }) => [
    `The RPO of the task ${task} is breached on ${where}: without ${primary ?? 'the primary'} ${wouldLoseSeconds === null ? 'everything' : `${span(wouldLoseSeconds)} of work`} would be lost, and ${span(rpoSeconds)} is the most that may be.`,
    `See why: ${command('task', 'show', task)}`,
  ],
  'rpo-unknown': ({ task }, { where }) => [
    `Whether ${where} keeps the RPO of the task ${task} cannot be known.`,
    `See why: ${command('task', 'show', task)}`,
  ],
  'left-alone': ({ task, failures, fault }, { where }) => [
    `The task ${task} has left ${where} alone after ${failures} failures in a row.${fault === null ? '' : ` ${fault.message}`}`,
    `Mend it, then: ${command('task', 'resume', task)}`,
  ],
  'round-failed': ({ task, fault }, { where }) => [
    `The last round of the task ${task} failed on ${where}. ${fault?.message ?? ''}`.trim(),
    fault?.hint ?? seeTask(task),
  ],
  'target-fails': ({ task, failures, fault }, { where }) => [
    `Task ${task} fails on ${where}: ${fault?.message ?? `${failures} rounds in a row failed.`}`,
    fault?.hint ?? `See what happened: ${command('run', 'list', '--task', task)}`,
  ],
  suspended: ({ task }) => [
    `The task ${task} is suspended: nothing is sent.`,
    `Go on: ${command('task', 'resume', task)}`,
  ],
  'group-incomplete': ({ task, snapshot, missing }, { where }) => [
    `Of the group ${task}, ${snapshot} on ${where} lacks ${missing.join(', ')}.`,
    seeTask(task),
  ],
} satisfies Partial<WordsOf>;

export const lookAt = (server: string): string => `Look at it: btrfleet server check ${server}`;

const seeTask = (task: string): string => `See how it stands: ${command('task', 'show', task)}`;

/** No clean-up ends it: the commands that do are named. */
function ofDifferent(path: string, heldBytes: number | null, { subvolume, where }: Place): string {
  const held = heldBytes === null ? '' : ` It alone holds ${formatBytes(heldBytes)}.`;
  const [name, server] = [baseName(path), serverOf(where)];
  return [
    `Nothing is built on it any more, and no clean-up deletes it: it may be the better copy. Look at the disk and the memory of both servers.${held}`,
    `Where it is right after all: ${command('verify', subvolume, '--to', where, '--snapshot', name, '--level', 'content')}, or ${command('verify', 'forget', subvolume, name, '--server', server)}`,
    `Where nobody needs it: ${command('snapshot', 'delete', subvolume, name, '--server', server)}`,
  ].join('\n');
}

const DELETE_CHANGED =
  'If nobody needs what was changed in it, delete it there; the next replication brings a whole one.';

const running = (isRunning: boolean): string => (isRunning ? ' A round is running.' : '');

interface There {
  readonly restorePoint: string | null;
  readonly ageSeconds: number | null;
}

const has = ({ restorePoint, ageSeconds }: There, { subvolume, where }: Place): string =>
  restorePoint === null
    ? `${where} has no replica of ${subvolume} yet`
    : `${where} has replicas up to ${restorePoint}, ${span(ageSeconds ?? 0)} ago`;

function comingText(coming: Coming): string {
  switch (coming.kind) {
    case 'running':
      return `on its way: a round of the task ${coming.task} is running`;
    case 'due':
      return `on its way: a round of the task ${coming.task} is due`;
    case 'at':
      return `to come with the round of the task ${coming.task} at ${coming.at}`;
    case 'never':
      return 'not there, and no round is to come';
  }
}

function sendHint(sending: Sending, subvolume: string): string {
  switch (sending.by) {
    case 'new':
      return `What is there stays as it is, and nothing is sent in its place. Make a new snapshot, which is sent: ${command('snapshot', 'create', subvolume)}`;
    case 'others':
      return `The tool that made it may bring it there; btrfleet sends its own: ${command('snapshot', 'create', subvolume)}`;
    case 'task':
      return `Run the task: ${command('task', 'run', sending.task)}`;
    case 'hand': {
      const which = sending.snapshot === null ? [] : ['--snapshot', sending.snapshot];
      return `Send it: ${command('replicate', 'auto', subvolume, '--to', sending.to, ...which)}`;
    }
  }
}
