/**
 * Changes settings of automation so that they can be taken back: what was there before is put back as it was, unless
 * somebody else has changed it since. Which changes are allowed is decided in core.
 */

import type { Task } from '../core/model/automation/task.ts';
import type { VerifyPolicy } from '../core/model/automation/verify-policy.ts';
import { fault } from '../core/model/fault.ts';
import type { RetentionPolicy, SnapshotPolicy } from '../core/model/policy.ts';
import { failed, ok, type Result } from '../core/model/result.ts';
import { checkTask } from '../core/plan/automation/task-check.ts';
import type { Config } from '../core/state/config/schema.ts';
import { type App, tell } from './app.ts';
import { followAutomation } from './automation.ts';
import { readConfig } from './refresh.ts';
import { did, note } from './undo.ts';

/** What is changed, by the name it has among its own. */
export interface SettingKey {
  readonly list: 'snapshotPolicies' | 'retentionPolicies' | 'verifyPolicies' | 'tasks';
  readonly name: string;
}

export type Setting = SnapshotPolicy | RetentionPolicy | VerifyPolicy | Task;

interface Changed {
  readonly key: SettingKey;
  /** Null: it was not there. */
  readonly before: Setting | null;
  readonly after: Setting | null;
  /** Its place in the list before. */
  readonly place: number;
}

/**
 * Does it, tells it, and remembers how to take it back. `what` reads after "Taken back:". True: it is done.
 * Several changes are one: of those that were done before one fails, all can be taken back together.
 */
export function changeSettings(
  app: App,
  keys: readonly SettingKey[],
  {
    what,
    done,
    edit,
  }: { readonly what: string; readonly done: string; readonly edit: () => Result<unknown> },
): Result<void> {
  const { config } = app.deps.fleet;
  const before = config.read();
  if (!before.ok) return before;
  const edited = edit();
  const after = config.read();
  readConfig(app);
  followAutomation(app);
  if (!after.ok) return after;
  const changes = keys
    .map((key) => changedOf(key, before.value.config, after.value.config))
    .filter((change) => !isSame(change.before, change.after));
  const undo = () => takeBack(app, changes);
  if (!edited.ok) {
    if (changes.length > 0) note(app, what, undo);
    return edited;
  }
  if (changes.length > 0) did(app, { said: done, what, undo });
  else tell(app, 'good', done);
  return ok(undefined);
}

function changedOf(key: SettingKey, before: Config, after: Config): Changed {
  const place = listOf(before, key).findIndex((one) => nameOf(one) === key.name);
  return {
    key,
    before: listOf(before, key)[place] ?? null,
    after: listOf(after, key).find((one) => nameOf(one) === key.name) ?? null,
    place: place < 0 ? Number.MAX_SAFE_INTEGER : place,
  };
}

function takeBack(app: App, changes: readonly Changed[]): boolean {
  const taken = app.deps.fleet.config.change((config) => {
    let next = config;
    for (const change of changes) {
      const now = listOf(next, change.key).find((one) => nameOf(one) === change.key.name) ?? null;
      if (!isSame(now, change.after)) return failed(changedSince(change.key.name));
      next = withSetting(next, change);
      const stands = checkSetting(app, next, change);
      if (!stands.ok) return stands;
    }
    return ok(next);
  });
  if (!taken.ok) tell(app, 'bad', `Not taken back: ${taken.fault.message} ${taken.fault.hint}`);
  readConfig(app);
  followAutomation(app);
  return taken.ok;
}

/** Meanwhile another task may do what this one did. */
function checkSetting(app: App, config: Config, { before }: Changed): Result<unknown> {
  if (before === null || !('name' in before)) return ok(undefined);
  const inventories = Object.values(app.store.getState().looks).flatMap(({ inventory }) =>
    inventory ? [[inventory.server, inventory] as const] : [],
  );
  return checkTask(before, { ...config, inventories: new Map(inventories) });
}

function withSetting(config: Config, { key, before, place }: Changed): Config {
  const others = listOf(config, key).filter((one) => nameOf(one) !== key.name);
  const list = before === null ? others : others.toSpliced(Math.min(place, others.length), 0, before);
  return { ...config, [key.list]: list };
}

const listOf = (config: Config, { list }: SettingKey): readonly Setting[] => config[list];

export const nameOf = (setting: Setting): string => ('name' in setting ? setting.name : setting.subvolume);

/** As they are written: both were read from the same kind of file. */
const isSame = (a: Setting | null, b: Setting | null): boolean => JSON.stringify(a) === JSON.stringify(b);

const changedSince = (name: string) =>
  fault('refused', `${name} was changed by somebody else since.`, 'Look at it as it is now, then change it.');
