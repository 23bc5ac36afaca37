/** Decides nothing: says whether ssh2 encrypts with its native addon (about 1.5 times the throughput), for `doctor`. */
import { createRequire } from 'node:module';

/** Null: it could not be found out. */
export function nativeCrypto(): boolean | null {
  try {
    // ssh2 tells nobody; this is the module that loads the addon.
    const loaded: unknown = createRequire(import.meta.url)('ssh2/lib/protocol/crypto.js');
    if (typeof loaded !== 'object' || loaded === null || !('bindingAvailable' in loaded)) return null;
    return loaded.bindingAvailable === true;
  } catch {
    return null;
  }
}
