/** Remembers how far which part of the content in a directory of replicas was compared, so that another one is next. */
import type { RequestOf } from '../../model/runs/run.ts';
import type { VerifyPair } from '../../model/runs/verify.ts';
import type { DriverContext } from '../ground/driver.ts';
import { type Found, placeOf } from './comparison.ts';
import type { Side } from './side.ts';

export interface About {
  readonly request: RequestOf<'verify'>;
  readonly pair: VerifyPair;
  readonly context: DriverContext;
}

/** What is different, or was sent in full since, says nothing of the parts that were compared before. `at`: ISO 8601 UTC. */
export function rotate({ request, pair, context }: About, replica: Side, found: Found, at: string): void {
  const { barred, rotation } = found;
  if (rotation === null && !barred) return;
  const { journal } = context.fleet;
  const place = placeOf(request, pair, replica);
  if (barred || rotation?.isAnew) journal.forgetParts(place);
  if (barred || rotation === null || rotation.part === null) return;
  const { part, isDone, doneBefore, reached, sourceMade, full } = rotation;
  journal.rememberPart(place, {
    ...{ share: request.share ?? 1, part, at: isDone ? at : doneBefore, tried: at, reached },
    ...{ source: pair.source, sourceMade, replica: pair.uuid, full },
  });
}
