/** What core is handed, as it takes neither time nor chance nor the environment by itself. */
import type { Clock } from './clock.ts';

/** What is left out is this machine's own. */
export interface Surroundings {
  readonly clock?: Clock;
  /** So many bytes that nobody can guess: for nonces, keys and salts. */
  readonly randomBytes?: (size: number) => Uint8Array;
  /** Of it SSH_AUTH_SOCK, PATH and BTRFLEET_VAULT_PASSPHRASE_FILE are read; BTRFLEET_HOME and the like where no home is named. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}
