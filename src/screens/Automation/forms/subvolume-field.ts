/** Decides which subvolumes a policy can be made for: those of the primary that have none of its kind. */
import type { ChoiceField, FormValues } from '../../../store/form.ts';
import type { AppState } from '../../../store/state.ts';
import { formatName } from '../../../text/format.ts';
import { chosenPlace, noPlace, places } from '../../shared/fleet-view.ts';
import { rawOf } from './values.ts';

type PolicyList = 'snapshotPolicies' | 'retentionPolicies' | 'verifyPolicies';

/** The one that the Snapshots page shows comes first. */
export function freeSubvolumes(state: AppState, list: PolicyList): readonly string[] {
  const taken = new Set(state[list].map(({ subvolume }) => subvolume));
  const shown = chosenPlace(state, state.subvolume)?.path;
  const free = places(state)
    .map(({ path }) => path)
    .filter((path) => !taken.has(path));
  return shown !== undefined && free.includes(shown)
    ? [shown, ...free.filter((path) => path !== shown)]
    : free;
}

/** Why no policy can be made. */
export function noSubvolumeFree(state: AppState, list: PolicyList): string | undefined {
  const none = noPlace(state);
  if (none !== undefined) return none;
  return freeSubvolumes(state, list).length === 0 ? 'every subvolume has one: e changes it' : undefined;
}

export const subvolumeField = (state: AppState, values: FormValues, list: PolicyList): ChoiceField => ({
  kind: 'choice',
  id: 'subvolume',
  label: 'Subvolume',
  value: rawOf(values, 'subvolume'),
  choices: freeSubvolumes(state, list).map((path) => ({ value: path, label: formatName(path) })),
  hint: 'left and right choose, or its first letter',
});
