/** Tells builds of this program apart: what one understood of a server's answer another may understand otherwise. */
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isBundled, version } from './version.ts';

/** The same for every process of one build; straight from the source another one for every process. */
export function buildIdentity(): string {
  if (!isBundled) return randomUUID();
  const { mtimeMs, size } = statSync(fileURLToPath(import.meta.url));
  return `${version} ${mtimeMs} ${size}`;
}
