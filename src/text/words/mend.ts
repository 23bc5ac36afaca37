/** Where on the screen it is mended what somebody should know. */
import type { Mend } from '../../core/model/status/dashboard.ts';
import type { Finding, FindingCode, FindingFacts, Subject } from '../../core/model/status/finding.ts';
import { serverOf } from '../../core/model/target.ts';
import { itemIn } from './fleet.ts';

export const mendOf = <C extends FindingCode>({ code, subject, facts }: Finding<C>): Mend =>
  MENDS[code](facts, subject);

/** The tab of Automation that has items of a kind. */
const ITEM_TABS = {
  snapshot: 'snapshots',
  retention: 'retention',
  task: 'tasks',
  'task-snapshot': 'tasks',
  verify: 'verify',
} as const;

const mend = (page: Mend['page'], object: string | null = null, tab: Mend['tab'] = null): Mend => ({
  page,
  tab,
  object,
});

const onServers = (_: object, { where }: Subject): Mend => mend('servers', where && serverOf(where));
const onSnapshots = (_: object, { subvolume }: Subject): Mend => mend('snapshots', subvolume);
const onReplication = (_: object, { subvolume }: Subject): Mend => mend('replication', subvolume);
const onMonitoring = (_: object, { where }: Subject): Mend => mend('monitoring', where);
const onTask = ({ task }: { readonly task: string | null }): Mend => mend('automation', task, 'tasks');
const onPolicies = (): Mend => mend('automation', null, 'snapshots');

function onItem({ item }: { readonly item: string }): Mend {
  const { kind, subject } = itemIn(item);
  return mendOfItem(kind, subject);
}

/** `subject`: a subvolume or a task. */
export const mendOfItem = (kind: keyof typeof ITEM_TABS, subject: string): Mend =>
  mend('automation', subject, ITEM_TABS[kind]);

const MENDS: { readonly [C in FindingCode]: (facts: FindingFacts[C], subject: Subject) => Mend } = {
  unchecked: onServers,
  'subvolume-gone': onSnapshots,
  'no-snapshot': onSnapshots,
  'not-on-primary': onSnapshots,
  'identity-unproven': onSnapshots,
  'out-of-reach': onSnapshots,
  nested: onSnapshots,
  'dated-ahead': onSnapshots,
  'snapshots-overdue': ({ task }, { subvolume }) =>
    task === null ? mend('automation', subvolume, 'snapshots') : onTask({ task }),
  foreign: onSnapshots,
  'no-replica': onReplication,
  'no-replica-known': onReplication,
  'no-other-server': onServers,
  'replica-gone': onReplication,
  'not-there': onReplication,
  'not-there-any-more': onReplication,
  'newest-missing': onReplication,
  late: onTask,
  'to-come': onTask,
  'older-gone': onReplication,
  'disk-away': onServers,
  'half-there': (facts, subject) => (facts.isComing ? mend('history') : onReplication(facts, subject)),
  changed: onSnapshots,
  'more-changed': onSnapshots,
  'not-proven': onSnapshots,
  'rpo-breached': onTask,
  'rpo-unknown': onTask,
  'left-alone': onTask,
  'round-failed': onTask,
  'target-fails': onTask,
  suspended: onTask,
  'group-incomplete': onTask,
  'no-servers': onServers,
  'fleet-unknown': ({ primary }) => mend('servers', primary),
  'nothing-looked-after': onPolicies,
  'nothing-replicated': () => onTask({ task: null }),
  'server-unseen': onServers,
  unattended: onPolicies,
  storage: onMonitoring,
  'storage-unchecked': onMonitoring,
  'storage-never': ({ disks: [first] }) => mend('monitoring', first),
  configuration: () => mend('automation'),
  'no-scheduler': () => mend('automation'),
  'item-failed': onItem,
  'item-never-due': onItem,
  'restore-open': ({ run }) => mend('history', `${run}`),
  'transfer-still': ({ run }) => mend('history', `${run}`),
};
