/** What is shown of a snapshot wherever it stands in a list. */
import type { Snapshot } from '../../core/model/snapshot.ts';
import type { AppState } from '../../store/state.ts';
import { formatBytes } from '../../text/format.ts';

/** Counted for the row one stands on; `·` while nobody asked. */
export function sizeText(state: AppState, { uuid }: Snapshot): string {
  const bytes = state.sizes[uuid];
  if (bytes === undefined) return '·';
  return bytes === null ? 'unknown' : formatBytes(bytes);
}

/** As a part of a sentence. */
export function sizeWords(state: AppState, snapshot: Snapshot): string {
  const known = state.sizes[snapshot.uuid] !== undefined;
  return known ? `size ${sizeText(state, snapshot)}` : 'size not counted yet';
}
