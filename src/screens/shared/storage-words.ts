/** What may be wrong with a filesystem, in two words, for a row. */
import type { StorageWarning } from '../../core/plan/storage/warnings.ts';

export const STORAGE_WORDS: Readonly<Record<StorageWarning['kind'], string>> = {
  'read-only': 'read-only',
  space: 'nearly full',
  trend: 'fills soon',
  metadata: 'metadata full',
  'device-errors': 'device errors',
  'device-missing': 'device missing',
  scrub: 'scrub errors',
};
