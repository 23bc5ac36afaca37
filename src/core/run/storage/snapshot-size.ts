/** Tells how much a snapshot holds: the file contents that a full replication of it would carry. */
import { ok, type Result } from '../../model/result.ts';
import { type Fleet, openHost } from '../ground/fleet.ts';
import { estimatePayload } from '../replication/estimate.ts';

/** Bytes; null when they could not be counted in time. Walks over its metadata, reads no data. */
export async function snapshotSize(
  fleet: Fleet,
  server: string,
  path: string,
): Promise<Result<number | null>> {
  const host = await openHost(fleet, server);
  if (!host.ok) return host;
  const send = { snapshot: path, base: null, compress: false };
  return ok(await estimatePayload(host.value, send, new AbortController().signal));
}
