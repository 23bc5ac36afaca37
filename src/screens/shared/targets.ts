/** Decides which targets can be chosen: each secondary, each filesystem where it has several, other disks of the primary. */
import type { Target } from '../../core/model/target.ts';
import { formatTarget } from '../../core/model/target.ts';
import type { Place } from '../../core/plan/catalog/catalog.ts';
import type { AppState } from '../../store/state.ts';
import { primaryLook, primaryOf, secondariesOf } from './fleet-view.ts';

export interface TargetChoice {
  readonly target: Target;
  readonly label: string;
  /** Chosen as long as nobody chose by hand. */
  readonly preset: boolean;
}

export function targetChoices(state: AppState, place: Place): readonly TargetChoice[] {
  const secondaries = secondariesOf(state).flatMap((server) => {
    const filesystems = state.looks[server.name]?.inventory?.filesystems ?? [];
    if (filesystems.length <= 1 || server.defaultMount !== null) return [choice(server.name, null, true)];
    return filesystems.map(({ mount }, index) => choice(server.name, mount, index === 0));
  });
  const primary = primaryOf(state);
  const disks = primaryLook(state)?.inventory?.filesystems ?? [];
  const others = disks.filter(({ uuid }) => uuid !== place.filesystem.uuid);
  return [
    ...secondaries,
    ...(primary === null ? [] : others.map(({ mount }) => choice(primary.name, mount, false))),
  ];
}

function choice(server: string, mount: string | null, preset: boolean): TargetChoice {
  const target = { server, mount };
  return { target, label: formatTarget(target), preset };
}
