/** The form that adds or changes a replication task: what it begins with, and what its buttons do. */

import type { Task } from '../../../core/model/automation/task.ts';
import { isServerName } from '../../../core/model/server.ts';
import type { App } from '../../../store/app.ts';
import { saveEntry } from '../../../store/automation-actions.ts';
import type { FormValues } from '../../../store/form.ts';
import { openShapedForm } from '../../../store/form-actions.ts';
import { askAboutLoss, lossLines } from '../../../store/lost-protection.ts';
import type { AppState } from '../../../store/state.ts';
import { chosenPlace, primaryOf } from '../../shared/fleet-view.ts';
import { targetChoices } from '../../shared/targets.ts';
import { retentionLines, targetRetention } from './target-retention.ts';
import { taskFields } from './task-fields.ts';
import { askBeforeRounds } from './task-question.ts';
import { chosenSubvolumes, chosenTargets, keptOnTargets, taskFrom, taskValues } from './task-values.ts';
import { complainAt } from './values.ts';

/** `task` null: a new one. */
export function openTaskForm(app: App, task: Task | null): void {
  openShapedForm(app, {
    title: task === null ? 'New replication task' : `Task ${task.name}`,
    values: taskValues(task, startOf(app)),
    shape: (values) =>
      taskFields(values, {
        state: app.store.getState(),
        task,
        now: app.deps.fleet.clock.now(),
        zone: app.deps.timeZone,
      }),
    preview: (values) => previewOf(app, values, task),
    buttons: { save: (values) => save(app, task, values) },
  });
}

/** A new one is for the subvolume that is looked at, and for all secondaries. */
function startOf(app: App): Parameters<typeof taskValues>[1] {
  const state = app.store.getState();
  const place = chosenPlace(state, state.subvolume);
  const preset = place === null ? [] : targetChoices(state, place).filter((choice) => choice.preset);
  return {
    subvolume: place?.path ?? null,
    targets: preset.map(({ label }) => label),
    zone: app.deps.timeZone,
  };
}

function previewOf(app: App, values: FormValues, task: Task | null): readonly string[] {
  const rules = keptOnTargets(values);
  if (!rules.ok) return [rules.fault.message, rules.fault.hint];
  if (rules.value === null) return [];
  const targets = chosenTargets(values, task);
  if (!targets.ok) return [targets.fault.message, targets.fault.hint];
  const subvolumes = chosenSubvolumes(values, task);
  const [first, ...others] = subvolumes;
  const [target, ...more] = targets.value;
  if (first === undefined || target === undefined) return [];
  const plans = targetRetention(
    app.store.getState(),
    { subvolumes: [first, ...others], targets: [target, ...more], into: task?.into ?? null },
    rules.value,
    app.deps.fleet.clock.now(),
  );
  return retentionLines(plans, subvolumes.length > 1);
}

function save(app: App, before: Task | null, values: FormValues): void {
  const task = taskFrom(values, before);
  if (!task.ok) {
    complainAt(app, task.fault);
    return;
  }
  const why = before === null ? wrongName(task.value.name, app.store.getState()) : null;
  if (why !== null) {
    complainAt(app, { field: 'name', text: why });
    return;
  }
  const entry = { kind: 'task', task: task.value } as const;
  const write = (): void => saveEntry(app, entry, before && { kind: 'task', task: before });
  // What goes on the targets is asked about by itself.
  const { name: primary = '' } = primaryOf(app.store.getState()) ?? {};
  const loss = lossLines(app, [{ kind: 'task', name: task.value.name, task: task.value }], [primary]);
  askBeforeRounds(app, [task.value], () => askAboutLoss(app, `Change ${task.value.name}?`, loss, write));
}

function wrongName(name: string, { tasks }: AppState): string | null {
  if (!isServerName(name)) return 'letters, digits, dots, dashes, underscores; not empty';
  return tasks.some((task) => task.name === name) ? 'there is one of that name' : null;
}
