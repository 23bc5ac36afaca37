/** Knows what people were told of the targets of tasks, so that only what has changed is told. */
import type { AutomationEvent } from '../model/automation/event.ts';
import type { TaskTargetMemory } from '../model/automation/task.ts';

/** How one target of a task stands against its RPO. */
export interface RpoState {
  readonly task: string;
  /** As `formatTarget` writes it. */
  readonly target: string;
  readonly state: 'kept' | 'breached' | 'unknown';
  readonly wouldLoseSeconds: number | null;
  readonly rpoSeconds: number;
}

const keyOf = ({ task, target }: { readonly task: string; readonly target: string }): string =>
  JSON.stringify([task, target]);

/** Targets that are left alone since, and those that are no longer; what was so before is not told. */
export class TargetWatch {
  #suspended: ReadonlySet<string> | null = null;

  look(targets: readonly TaskTargetMemory[]): AutomationEvent[] {
    const before = this.#suspended;
    const now = new Set(targets.filter(({ suspendedAt }) => suspendedAt !== null).map(keyOf));
    this.#suspended = now;
    if (before === null) return [];
    return targets.flatMap((one): AutomationEvent[] => {
      const { task, target, fault } = one;
      const key = keyOf(one);
      if (now.has(key) && !before.has(key) && fault !== null)
        return [{ type: 'suspended', task, target, fault }];
      return before.has(key) && !now.has(key) ? [{ type: 'resumed', task, target }] : [];
    });
  }
}

/** That an RPO is kept is only told of one that was not, or was not known. */
export class RpoWatch {
  #told: ReadonlyMap<string, RpoState['state']> = new Map();

  look(states: readonly RpoState[]): AutomationEvent[] {
    const before = this.#told;
    this.#told = new Map(states.map((one) => [keyOf(one), one.state]));
    return states.flatMap((one): AutomationEvent[] =>
      (before.get(keyOf(one)) ?? 'kept') === one.state ? [] : [{ type: 'rpo', ...one }],
    );
  }
}
