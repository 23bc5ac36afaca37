/** Decides what is told of one snapshot in full. */
import { bornIdOfSnapshot, type Snapshot } from '../../core/model/snapshot.ts';
import { WHY } from '../../core/plan/catalog/identity-words.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatName } from '../../text/format.ts';
import { replicaServers, unseenServers } from '../shared/fleet-view.ts';
import { sizeText } from '../shared/snapshot-cells.ts';
import { holdOf } from './list.ts';

export function snapshotDetails(state: AppState, snapshot: Snapshot): string[] {
  const hold = holdOf(state, snapshot);
  const row = (label: string, text: string): string => `${label.padEnd(14)} ${text}`;
  const there = replicaServers(state, snapshot);
  const unseen = unseenServers(state);
  return [
    row('Name', formatName(snapshot.name)),
    row('Path', formatName(snapshot.path)),
    row('Created', `${snapshot.createdAt ?? 'unknown'} (${coarseAge(snapshot.createdAt, state.now)} ago)`),
    row('Size', state.sizes[snapshot.uuid] === undefined ? 'not counted yet' : sizeText(state, snapshot)),
    row('State', snapshot.state),
    row('Identity', snapshot.doubt ? `not proven: ${WHY[snapshot.doubt]}` : 'proven'),
    row('Replicas', there.length === 0 ? 'none seen' : there.join(', ')),
    ...(unseen.length === 0 ? [] : [row('', `not known: ${unseen.join(', ')} (never seen)`)]),
    row(
      'Held',
      hold ? `since ${hold.heldAt}${hold.note === null ? '' : `: ${formatName(hold.note)}`}` : 'no',
    ),
    row('UUID', snapshot.uuid),
    row('Origin id', bornIdOfSnapshot(snapshot)),
  ];
}
