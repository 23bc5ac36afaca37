/**
 * Knows where replicas are of a subvolume of which nothing is left on its primary: nothing there tells it any more. Then it
 * goes by the origin ids that the journal noted when they were sent; what a server lists now decides which of them are there.
 */
import { command } from '../../model/command-line.ts';
import type { Fault } from '../../model/fault.ts';
import type { Inventory } from '../../model/inventory.ts';
import { ok, type Result } from '../../model/result.ts';
import { parentDirectory, type Snapshot } from '../../model/snapshot.ts';
import type { Journal } from '../../state/journal/journal.ts';
import type { Replica } from '../../state/journal/replica.ts';
import { NO_LOOK, type Origin, originIn } from '../looks/list-snapshots.ts';

type Memory = Pick<Journal, 'replicasOf'>;

/** Some were sent, under that path. */
export const isRemembered = (journal: Memory, subvolume: string): boolean =>
  journal.replicasOf(subvolume).length > 0;

/** As `originIn`; of one that is gone also by what the journal remembers. */
export function originNow(journal: Memory, inventory: Inventory, subvolume: string): Result<Origin> {
  const seen = originIn(inventory, subvolume);
  const isGone = seen.ok ? !seen.value.place.ok : seen.fault.code === 'no-such-subvolume';
  const replicas = isGone ? journal.replicasOf(subvolume) : [];
  if (replicas.length === 0) return seen;
  const known: Origin = seen.ok ? seen.value : { ...NOTHING, place: seen };
  return ok({
    ...known,
    snapshots: [...known.snapshots, ...replicas.map(sent)],
    beside: [...new Set(replicas.map(({ path }) => parentDirectory(path)))],
  });
}

const NOTHING = {
  ...{ filesystemUuid: '', replicaBelow: '', marks: { own: '', inherited: [], until: '' } },
  ...{ snapshots: [], foreign: [], ...NO_LOOK },
} as const;

/** As it was on the primary when it was sent. */
const sent = ({ name, path, originId }: Replica): Snapshot => ({
  ...{ name, path, uuid: originId, receivedUuid: null, originId, createdAt: name },
  ...{ readOnly: true, state: 'complete' },
});

/** Where nothing is left, the next step is where replicas are. */
export function withReplicas(
  journal: Memory,
  subvolume: string,
  why: Fault,
  words: readonly string[],
): Fault {
  if (why.code !== 'no-such-subvolume') return why;
  const servers = [...new Set(journal.replicasOf(subvolume).map(({ server }) => server))];
  const [first] = servers;
  if (first === undefined) return why;
  const hint = `Replicas of it were sent to ${servers.join(', ')}: ${command('snapshot', ...words, '--server', first)}`;
  return { ...why, hint };
}
