/** The words for what somebody should know of the fleet: its servers and disks, and whether automation goes on. */
import { command } from '../../core/model/command-line.ts';
import type { Finding, FindingFacts } from '../../core/model/status/finding.ts';
import { span } from '../age.ts';
import { lookAt } from './replication.ts';
import { listed, SAID, type WordsOf } from './told.ts';

export const FLEET_WORDS = {
  'no-servers': () => [
    'There are no servers yet, so nothing is known.',
    'Add the first one: btrfleet server add NAME --host HOST --user root --key FILE',
  ],
  'fleet-unknown': SAID,
  'nothing-looked-after': () => [
    'No subvolume has snapshots that btrfleet made, a policy or a task: nothing is looked after.',
    'Begin with: btrfleet policy set snapshot SUBVOLUME --every 1h',
  ],
  'nothing-replicated': () => [
    'Nothing is replicated by a task.',
    'Make one: btrfleet task add NAME --subvolume SUBVOLUME --to SERVER --every 1h',
  ],
  'server-unseen': ({ fault, seenAt, ageSeconds, tasks }, { where }) => {
    const replicas = tasks.length === 0 ? '' : ` Replicas of task ${listed(tasks)} are there.`;
    if (fault === null) {
      const known =
        seenAt === null
          ? `${where} was never looked at.`
          : `What is known of ${where} is ${span(ageSeconds ?? 0)} old.`;
      return [known + replicas, lookAt(where)];
    }
    const seen = ageSeconds === null ? 'It was never seen.' : `Last seen ${agoText(ageSeconds)}.`;
    return [`${placed(where, fault.message)} ${seen}${replicas}`, fault.hint];
  },
  unattended: ({ subvolumes, primary }) => {
    const [has, them] = subvolumes.length === 1 ? ['has', 'it'] : ['have', 'them'];
    return [
      `${listed(subvolumes)} on ${primary} ${has} no snapshot of btrfleet's, no policy and no task: nobody looks after ${them}.`,
      `If that is not meant: ${command('policy', 'set', 'snapshot', subvolumes[0] ?? '', '--every', '1h')}`,
    ];
  },
  storage: ({ messages, hint }) => [messages.join(' '), hint],
  'storage-unchecked': ({ faults }) => [faults.map(({ message }) => message).join(' '), faults[0].hint],
  'storage-never': ({ disks }) => [
    `Devices and metadata of ${disks.length === 1 ? disks[0] : `${disks.length} disks`} were not looked at yet.`,
    'Look at all of them: btrfleet storage; a scheduler does it by itself.',
  ],
  configuration: SAID,
  'no-scheduler': ({ late }) => {
    const overdue = late === 0 ? '' : ` ${late === 1 ? 'One thing is' : `${late} things are`} overdue.`;
    return [
      `No scheduler runs here, so nothing is done by itself.${overdue}`,
      'Start it: btrfleet --schedule; or for good: btrfleet setup-service',
    ];
  },
  'item-failed': ({ item, last: { id, outcome, fault } }) => [
    `${itemText(item)} failed: ${fault?.message ?? `Run ${id} ended as ${outcome}.`}`,
    fault?.hint ?? `See what happened: btrfleet run show ${id}`,
  ],
  'item-never-due': SAID,
  'restore-open': (facts, { subvolume, where }) => {
    const { run, isLeft } = facts;
    if (facts.brings === 'files') return filesOpen(facts, { subvolume, where });
    const head = `Restore ${run} of ${subvolume} on ${where} was cut off: whether it is restored is not known yet.`;
    const tried = triedText(facts);
    return isLeft
      ? [
          `${head}${tried} It is tried again when its filesystem is seen.`,
          `At once: btrfleet restore list. If that filesystem is gone for good: btrfleet restore forget ${run}`,
        ]
      : [
          `${head}${tried}`,
          'The next start of btrfleet brings it to its end, a scheduler by itself. At once: btrfleet restore list',
        ];
  },
  'transfer-still': ({ run, seconds }, { where }) => [
    `Nothing has moved to ${where} for ${span(seconds)}: run ${run} waits for it. Other targets do not.`,
    `Look whether its disk or its link hangs ("dmesg", "iostat" there). It is given up by itself in the end; History has it, where it can be cancelled.`,
  ],
} satisfies Partial<WordsOf>;

/** It does not change with every look. */
const triedText = ({ tries, fault }: Pick<FindingFacts['restore-open'], 'tries' | 'fault'>): string =>
  fault === null ? '' : ` Tried ${tries === 1 ? 'once' : `${tries} times`}: ${fault.message}`;

function filesOpen(
  facts: FindingFacts['restore-open'],
  { subvolume, where }: Pick<Finding['subject'], 'subvolume' | 'where'>,
): [string, string] {
  const { run, isLeft } = facts;
  const when = isLeft
    ? 'What it staged is taken away when its filesystem is seen.'
    : 'The next start of btrfleet takes away what it staged, a scheduler by itself.';
  return [
    `Run ${run}, which brought back files of ${subvolume} on ${where}, was cut off: some may be back, others not.${triedText(facts)}`,
    `${when} To take back what it changed: btrfleet restore undo ${run}. Or bring them back once more.`,
  ];
}

const agoText = (seconds: number): string => (seconds < 120 ? 'a moment ago' : `${span(seconds)} ago`);

/** With what it is about in front where it does not name it. */
export const placed = (what: string, message: string): string =>
  names(message, what) ? message : `${what}: ${message}`;

/** As a word of its own: `/data` does not stand in `/data2`. */
const names = (message: string, what: string): boolean =>
  message.split(/[\s,;]+/).some((word) => word.replace(/[.:]+$/, '') === what);

const ITEM_WORDS = {
  snapshot: 'The last snapshot of',
  retention: 'The last clean-up of',
  'task-snapshot': 'The last snapshot for the task',
  task: 'The last round of the task',
} as const;

function itemText(key: string): string {
  const { kind, subject } = itemIn(key);
  return `${ITEM_WORDS[kind]} ${subject}`;
}

/** What `itemKey` names. */
export function itemIn(key: string): { kind: keyof typeof ITEM_WORDS; subject: string } {
  const [, kind = 'task', subject = key] = /^(snapshot|retention|task-snapshot|task):(.*)$/s.exec(key) ?? [];
  return { kind: kind as keyof typeof ITEM_WORDS, subject };
}
