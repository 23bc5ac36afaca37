/** Decides what items of automation are ordered and filtered by. */
import type { ItemMemory } from '../../core/model/automation/automation.ts';

export const hasFailed = (memory: ItemMemory | null): boolean =>
  memory?.run?.outcome === 'failed' || memory?.run?.outcome === 'interrupted';

/** Milliseconds; 0: never. */
export const lastRunTime = (memory: ItemMemory | null): number =>
  memory === null ? 0 : Date.parse(memory.run?.finishedAt ?? memory.dueAt);
