/** Looks at what was staged, before anything that is there is changed: who sent it may have sent something else. */
import { stageName } from '../../model/extract/orders.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { harmless } from '../../model/harmless.ts';
import { joinPath } from '../../model/snapshot.ts';
import { firstOther, STAGED_PARTS } from '../../plan/extract/staged.ts';
import type { Fleet } from '../ground/fleet.ts';
import { listTree } from './list-tree.ts';
import type { PlannedExtract } from './plan-now.ts';

/** Null: it is what was planned. Nobody but the login can change it from then on. */
export async function checkStaged(
  fleet: Fleet,
  planned: PlannedExtract,
  signal: AbortSignal,
): Promise<Fault | null> {
  const { target, plan, request } = planned;
  const { host, root, isOwn } = target;
  const asked = { root: joinPath(root, stageName(request.at)), uuid: null, paths: STAGED_PARTS, isOwn };
  const listed = await listTree(host, fleet.nonce(), asked, signal);
  if (!listed.ok) return listed.fault;
  const other = firstOther(plan.staged, listed.value, isOwn ? 'own' : 'server');
  return other === null ? null : isOther(planned, other);
}

function isOther({ source, request }: PlannedExtract, path: string): Fault {
  const server = source.host.server.name;
  return fault(
    'refused',
    `What came of ${request.from.name} from ${server} is not what it listed: ${harmless(path)} is missing, is something else, or was not asked for. Nothing was changed.`,
    `Somebody changes ${source.path} at this moment, or ${server} is not to be trusted: look at it there.`,
    { server },
  );
}
