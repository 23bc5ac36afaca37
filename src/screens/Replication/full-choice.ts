/** Decides what the full tab would send: what was chosen by hand, else the best; and why it cannot be sent yet. */
import { BY_HAND, type ReplicationRequest, USUAL_TRANSFER } from '../../core/model/runs/replication.ts';
import type { Snapshot } from '../../core/model/snapshot.ts';
import type { Place } from '../../core/plan/catalog/catalog.ts';
import { isLiveReceived } from '../../core/plan/catalog/identity-words.ts';
import type { AppState } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import { chosenPlace, madeInPlace, noPlace } from '../shared/fleet-view.ts';
import { type TargetChoice, targetChoices } from '../shared/targets.ts';

export interface FullChoice {
  readonly place: Place | null;
  /** Newest first; only what can be sent. */
  readonly snapshots: readonly Snapshot[];
  readonly snapshot: Snapshot | null;
  readonly targets: readonly TargetChoice[];
  readonly chosen: readonly TargetChoice[];
  /** Why the button does nothing yet. */
  readonly blocked: string | undefined;
}

export function fullChoice(state: AppState): FullChoice {
  const { full } = state;
  const place = chosenPlace(state, full.subvolume);
  const snapshots = place === null ? [] : sendable(place);
  const snapshot = snapshots.find(({ name }) => name === full.snapshot) ?? snapshots[0] ?? null;
  const targets = place === null ? [] : targetChoices(state, place);
  const chosen = targets.filter(({ label, preset }) => full.targets?.includes(label) ?? preset);
  const choice = { place, snapshots, snapshot, targets, chosen };
  return { ...choice, blocked: whyNot(state, choice) };
}

export const sendable = (place: Place): readonly Snapshot[] =>
  madeInPlace(place)
    .filter(({ doubt }) => doubt === undefined)
    .toReversed();

function whyNot(
  state: AppState,
  { place, snapshot, targets, chosen }: Omit<FullChoice, 'blocked'>,
): string | undefined {
  if (place === null) return noPlace(state) ?? 'choose a subvolume';
  if (isLiveReceived(place.subvolume))
    return `${formatName(place.path)} carries a received uuid: page 3 says how to clear it`;
  if (snapshot === null) return `${formatName(place.path)} has no snapshots: page 3 makes one`;
  if (targets.length === 0) return 'there is nowhere to send it: page 2 adds a secondary';
  return chosen.length === 0 ? 'choose at least one server' : undefined;
}

/** Null: something is missing; `blocked` says what. */
export function fullRequest({ place, snapshot, chosen, blocked }: FullChoice): ReplicationRequest | null {
  if (blocked !== undefined || place === null || snapshot === null) return null;
  return {
    subvolume: place.path,
    targets: chosen.map(({ target }) => target),
    wanted: { mode: 'full', snapshot: snapshot.name },
    options: USUAL_TRANSFER,
    ...BY_HAND,
  };
}
