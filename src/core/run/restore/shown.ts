/** Decides what of a planned restore is shown, by whatever face. */
import type { ShownRestore } from '../../model/runs/restore.ts';
import type { PlannedRestore } from './plan-now.ts';

export const shownRestore = ({ host, plan, snapshot, around, back }: PlannedRestore): ShownRestore => ({
  ...{ subvolume: plan.request.subvolume, server: host.server.name },
  from: {
    ...plan.request.from,
    ...{ path: snapshot?.path ?? null, createdAt: snapshot?.createdAt ?? null },
  },
  ...{ replaces: plan.request.live, replacedPath: plan.replacedPath },
  ...{ wireBytes: back === null ? 0 : back.wireBytes, back: back?.shown ?? null },
  nested: plan.nested.map(({ path, stays }) => ({ path, moves: stays === null, why: stays })),
  ...{ steps: plan.steps, undo: plan.request.undo ?? null },
  ...{ openBy: around?.users ?? null, openByAll: around?.sawAll ?? false },
  ...{ mountedInside: around?.mounted ?? [], swapFiles: around?.swapFiles ?? [] },
});
