/**
 * Decides what the text of an OpenSSH known_hosts file says about a host (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
 * Pure: reading and writing the files is host-keys'.
 */
import { createHmac } from 'node:crypto';
import { keyType } from './host-key.ts';

export interface KnownHost {
  /** From 1. */
  readonly line: number;
  readonly revoked: boolean;
  /** The first field as written: patterns separated by commas, or one hash. */
  readonly hosts: string;
  readonly type: string;
  readonly key: Buffer;
}

export interface KnownHosts {
  readonly entries: readonly KnownHost[];
  /** Lines that could not be understood. OpenSSH skips them too; the count is for `doctor`. */
  readonly badLines: number;
}

/** Comments and @cert-authority lines are left out: certificates are not supported. */
export function parseKnownHosts(text: string): KnownHosts {
  const entries: KnownHost[] = [];
  let badLines = 0;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || /^@cert-authority\s/.test(line)) continue;
    const entry = parseLine(line, index + 1);
    if (entry) entries.push(entry);
    else badLines += 1;
  }
  return { entries, badLines };
}

function parseLine(line: string, number: number): KnownHost | null {
  const fields = line.split(/\s+/);
  const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
  if (marker !== undefined && marker !== '@revoked') return null;
  const [hosts, type, base64] = fields;
  if (hosts === undefined || type === undefined || base64 === undefined) return null;
  const key = Buffer.from(base64, 'base64');
  if (keyType(key) !== type) return null;
  return { line: number, revoked: marker === '@revoked', hosts, type, key };
}

/** How OpenSSH writes a host in the file: the bare name for port 22, else `[name]:port`; always lower case. */
export const hostName = (host: string, port: number): string =>
  port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;

/** Whether the entry's first field names `name` (as `hostName` gives it). A negated pattern that matches decides. */
export function matchesHost(entry: KnownHost, name: string): boolean {
  if (entry.hosts.startsWith('|')) return matchesHash(entry.hosts, name);
  let matched = false;
  for (const pattern of entry.hosts.split(',')) {
    const negated = pattern.startsWith('!');
    if (!matchesPattern(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/** `*` and `?`, as ssh_config(5) PATTERNS; everything else is taken literally. */
export function matchesPattern(pattern: string, name: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern.toLowerCase() === name.toLowerCase();
  const source = pattern
    .toLowerCase()
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(name.toLowerCase());
}

/** `|1|base64 salt|base64 HMAC-SHA1 of the name`. */
function matchesHash(field: string, name: string): boolean {
  const [, version, salt, hash] = field.split('|');
  if (version !== '1' || !salt || !hash) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

export type Verdict = 'trusted' | 'unknown' | 'changed' | 'revoked';

/** What btrfleet's own file and the user's say together; `own` decides alone as soon as it names the host. */
export interface Trust {
  readonly own: readonly KnownHost[];
  readonly others: readonly KnownHost[];
}

/** The keys that decide for a host, revoked ones left out. */
export function keysFor(trust: Trust, host: string, port: number): readonly KnownHost[] {
  const name = hostName(host, port);
  const named = (entries: readonly KnownHost[]) =>
    entries.filter((entry) => !entry.revoked && matchesHost(entry, name));
  const own = named(trust.own);
  return own.length > 0 ? own : named(trust.others);
}

/**
 * A host with any known key and none equal to `key` is `changed`, also when the types differ: the types known are
 * asked for first, so a server that can show one of them does.
 */
export function judge(trust: Trust, host: string, port: number, key: Buffer): Verdict {
  const names = [hostName(host, port), hostName(host, 22)];
  const revoked = [...trust.own, ...trust.others].some(
    (entry) => entry.revoked && entry.key.equals(key) && names.some((name) => matchesHost(entry, name)),
  );
  if (revoked) return 'revoked';
  const known = keysFor(trust, host, port);
  if (known.length > 0) return known.some((entry) => entry.key.equals(key)) ? 'trusted' : 'changed';
  // As OpenSSH does: an entry without a port vouches for another port, but a different key there says nothing.
  const portless = port === 22 ? [] : keysFor(trust, host, 22);
  return portless.some((entry) => entry.key.equals(key)) ? 'trusted' : 'unknown';
}
