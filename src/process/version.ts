/** The version of this program, put in by the build; straight from the source it is read from package.json. */
import { readFileSync } from 'node:fs';

declare const BTRFLEET_VERSION: string | undefined;

const fromPackage = (): string => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const read = JSON.parse(text) as { version?: unknown };
  return typeof read.version === 'string' ? read.version : 'unknown';
};

/** One file made by the build, not the source. */
export const isBundled: boolean = typeof BTRFLEET_VERSION === 'string';

export const version: string = typeof BTRFLEET_VERSION === 'string' ? BTRFLEET_VERSION : fromPackage();
