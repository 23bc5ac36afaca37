/** Decides what is told in full of a policy. */
import type { Hook } from '../../core/model/policy.ts';
import { rulesText } from '../../core/model/retention.ts';
import { scheduleText } from '../../core/plan/time/schedule.ts';
import type { EntryOf } from '../../store/automation-actions.ts';
import type { AppState } from '../../store/state.ts';
import { formatName, formatSeconds } from '../../text/format.ts';
import { levelText } from '../../text/verify.ts';
import {
  retentionPolicyCommand,
  snapshotPolicyCommand,
  verifyPolicyCommand,
} from '../shared/automation-command.ts';
import { type DetailRow, detailLines } from '../shared/detail-lines.ts';
import { places, primaryLook } from '../shared/fleet-view.ts';
import { itemDetails } from './item-cells.ts';

export function snapshotPolicyDetails(state: AppState, entry: EntryOf<'snapshot'>, width: number): string[] {
  const { policy } = entry;
  const { subvolume, schedule, enabled, hooks } = policy;
  return detailLines(
    [
      ['Subvolume', formatName(subvolume)],
      ...unseen(state, subvolume),
      ['When', scheduleText(schedule)],
      ['On', enabled ? 'yes' : 'no: t turns it on'],
      ...itemDetails(state, entry, enabled),
      ['Before it', hooks.before === null ? 'no command' : hookText(hooks.before)],
      ...(hooks.before === null
        ? []
        : [
            [
              '',
              hooks.before.required
                ? 'if it fails, no snapshot is made'
                : 'if it fails, the snapshot is made all the same',
            ] as const,
          ]),
      ['After it', hooks.after === null ? 'no command' : hookText(hooks.after)],
      ['Command', formatName(snapshotPolicyCommand(policy))],
    ],
    width,
  );
}

export function retentionPolicyDetails(
  state: AppState,
  entry: EntryOf<'retention'>,
  width: number,
): string[] {
  const { policy } = entry;
  const { subvolume, rules, schedule, enabled } = policy;
  return detailLines(
    [
      ['Subvolume', formatName(subvolume)],
      ...unseen(state, subvolume),
      ['Keeps', rulesText(rules)],
      ['Days begin in', rules.timeZone],
      ['When', scheduleText(schedule)],
      ['On', enabled ? 'yes' : 'no: t turns it on'],
      ...itemDetails(state, entry, enabled),
      ['Command', formatName(retentionPolicyCommand(policy))],
    ],
    width,
  );
}

export function verifyPolicyDetails(state: AppState, entry: EntryOf<'verify'>, width: number): string[] {
  const { policy } = entry;
  const { subvolume, schedule, enabled, budgetSeconds } = policy;
  return detailLines(
    [
      ['Subvolume', formatName(subvolume)],
      ...unseen(state, subvolume),
      ['Compares', levelText(policy)],
      ['At most', formatSeconds(budgetSeconds)],
      ['When', scheduleText(schedule)],
      ['On', enabled ? 'yes' : 'no: t turns it on'],
      ...itemDetails(state, entry, enabled),
      ['Command', formatName(verifyPolicyCommand(policy))],
    ],
    width,
  );
}

const hookText = ({ command, timeoutSeconds }: Hook): string =>
  `${formatName(command)} (at most ${formatSeconds(timeoutSeconds)})`;

/** A subvolume that is not on the primary now. */
function unseen(state: AppState, subvolume: string): DetailRow[] {
  if (!primaryLook(state)?.inventory || places(state).some(({ path }) => path === subvolume)) return [];
  return [['', '▲ not found on the primary when it was looked at last']];
}
