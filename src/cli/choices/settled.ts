/** Settles which subvolumes are meant, by the paths they are known by, and tells what could not be checked. */
import type { Task } from '../../core/model/automation/task.ts';
import { ok, type Result } from '../../core/model/result.ts';
import { settleSubvolumes } from '../../core/run/looks/settle-subvolumes.ts';
import type { ActionContext } from '../frame/action.ts';

export async function settled(
  { fleet, out, signal }: ActionContext,
  wanted: Task['subvolumes'],
): Promise<Result<Task['subvolumes']>> {
  const found = await settleSubvolumes(fleet, wanted, signal);
  if (!found.ok) return found;
  if (found.value.warning !== null) out.note(found.value.warning);
  for (const note of found.value.notes) out.note(note);
  const [first = wanted[0], ...others] = found.value.paths;
  return ok([first, ...others]);
}
