/** Decides what of a filesystem was really looked at, so that nobody takes what was not read for well. */
import type { StorageState } from './warnings.ts';

/** Parts of the look at a filesystem that could not be read, or have not been yet. */
export const uncheckedParts = ({ storage }: Pick<StorageState, 'storage'>): string[] =>
  (['usage', 'devices', 'scrub'] as const).filter((part) => storage?.[part].ok !== true);

/** Whether what a warning of this kind goes by was seen: without it there may be one that nobody knows of. */
export function isChecked(
  kind: string,
  state: Pick<StorageState, 'sizeBytes' | 'freeBytes' | 'storage' | 'trend'>,
): boolean {
  const { sizeBytes, freeBytes, storage, trend } = state;
  switch (kind) {
    case 'read-only':
      return true;
    case 'space':
      return sizeBytes !== null && freeBytes !== null;
    case 'trend':
      return trend !== null;
    case 'metadata':
    case 'device-missing':
      return storage?.usage.ok === true;
    case 'device-errors':
      return storage?.devices.ok === true;
    case 'scrub':
      // One that runs, or was ended, has not seen all of it.
      return storage?.scrub.ok === true && storage.scrub.value.status === 'finished';
    default:
      return uncheckedParts(state).length === 0;
  }
}
