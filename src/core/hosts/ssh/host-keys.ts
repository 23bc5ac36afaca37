/**
 * Decides where trust in host keys is read and written: btrfleet's own known_hosts beside its configuration, and
 * the user's and the system's, which are never changed. What the entries mean is known-hosts'.
 */
import { readFileSync, statSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { shortageFault } from '../../model/shortage.ts';
import { keyType } from './host-key.ts';
import {
  hostName,
  judge,
  type KnownHost,
  keysFor,
  matchesHost,
  parseKnownHosts,
  type Trust,
  type Verdict,
} from './known-hosts.ts';

export interface HostKeys {
  /** Faults: host-key-unverified (a file is there and cannot be read: then nothing is trusted). */
  verdict(host: string, port: number, key: Buffer): Result<Verdict>;
  /** The keys that decide for this host, without revoked ones. */
  known(host: string, port: number): Result<readonly KnownHost[]>;
  /** Types of the keys known for this host, such as `ssh-ed25519`, in the order they are written. */
  knownTypes(host: string, port: number): readonly string[];
  /** Makes `key` the only one of this host in btrfleet's own file. Faults: host-key-changed when it is revoked. */
  trust(host: string, port: number, key: Buffer): Promise<Result<void>>;
  /** Removes the host from btrfleet's own file; how many lines went. */
  forget(host: string, port: number): Promise<Result<number>>;
  /** Lines of all files that could not be understood. */
  badLines(): number;
}

export interface HostKeyFiles {
  /** btrfleet's own known_hosts. Its directory must exist. */
  readonly own: string;
  /** Read only, in this order, for example `~/.ssh/known_hosts` and `/etc/ssh/ssh_known_hosts`. */
  readonly others: readonly string[];
}

/** `now`: milliseconds since 1970, to tell a lock file that a dead process left. */
export function createHostKeys(files: HostKeyFiles, now: () => number): HostKeys {
  const readEntries = entriesReader(now);
  // Looked at each time: another process may have trusted a key meanwhile.
  const trusted = (): Result<Trust> => {
    const own = readEntries(files.own);
    if (!own.ok) return own;
    const others: KnownHost[] = [];
    for (const file of files.others) {
      const entries = readEntries(file);
      if (!entries.ok) return entries;
      others.push(...entries.value.entries);
    }
    return ok({ own: own.value.entries, others });
  };
  const known = (host: string, port: number): Result<readonly KnownHost[]> => {
    const trust = trusted();
    if (!trust.ok) return trust;
    const exact = keysFor(trust.value, host, port);
    return ok(exact.length > 0 || port === 22 ? exact : keysFor(trust.value, host, 22));
  };
  const verdict = (host: string, port: number, key: Buffer): Result<Verdict> => {
    const trust = trusted();
    return trust.ok ? ok(judge(trust.value, host, port, key)) : trust;
  };
  return {
    verdict,
    known,
    knownTypes(host, port) {
      const entries = known(host, port);
      return entries.ok ? [...new Set(entries.value.map((entry) => entry.type))] : [];
    },
    async trust(host, port, key) {
      const before = verdict(host, port, key);
      if (!before.ok) return before;
      if (before.value === 'revoked') return failed(revoked(host));
      const line = `${hostName(host, port)} ${keyType(key)} ${key.toString('base64')}`;
      const edited = await edit(files.own, now, (lines) => [...withoutHost(lines, host, port), line]);
      return edited.ok ? ok(undefined) : edited;
    },
    async forget(host, port) {
      return await edit(files.own, now, (lines) => withoutHost(lines, host, port));
    },
    badLines: () =>
      [files.own, ...files.others].reduce((sum, file) => {
        const entries = readEntries(file);
        return sum + (entries.ok ? entries.value.badLines : 0);
      }, 0),
  };
}

const revoked = (host: string) =>
  fault(
    'host-key-changed',
    `The host key of ${host} is marked @revoked in a known_hosts file and cannot be trusted.`,
    'Give the server a new host key, or remove the @revoked line if it is wrong.',
  );

type Entries = ReturnType<typeof parseKnownHosts>;

/** Milliseconds a file must have been left alone: what is written twice within one tick has the same time. */
const SETTLED_MS = 2_000;

/** A file that is as it was is not read again: with hundreds of servers it has hundreds of lines, for each of them. */
function entriesReader(now: () => number): (file: string) => Result<Entries> {
  const read = new Map<string, { readonly stamp: string; readonly entries: Entries }>();
  return (file) => {
    const stamp = stampOf(file, now());
    const before = read.get(file);
    if (stamp !== null && before?.stamp === stamp) return ok(before.entries);
    const text = readText(file);
    if (!text.ok) return text;
    const entries = parseKnownHosts(text.value);
    if (stamp === null) read.delete(file);
    else read.set(file, { stamp, entries });
    return ok(entries);
  };
}

/** Another one as soon as the file is another; null: it may change without that, or cannot be looked at. */
function stampOf(file: string, now: number): string | null {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = statSync(file, { bigint: true });
    return now - Number(ctimeMs) < SETTLED_MS ? null : [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch {
    return null;
  }
}

function readText(file: string): Result<string> {
  try {
    return ok(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      return ok('');
    }
    return failed(unreadable(file, error));
  }
}

const unreadable = (file: string, error: unknown) =>
  shortageFault(error) ??
  fault(
    'host-key-unverified',
    `${file} could not be read or written, so no host key can be checked: ${error instanceof Error ? error.message : error}`,
    `Make ${file} a file that the user running btrfleet can read and, if it is btrfleet's own, write.`,
  );

/**
 * Lines without this host. A line with more names keeps the others; a @revoked one stays, and so does a wildcard:
 * it speaks for other hosts too.
 */
function withoutHost(lines: readonly string[], host: string, port: number): string[] {
  const name = hostName(host, port);
  return lines.flatMap((line) => {
    const [entry] = parseKnownHosts(line).entries;
    if (!entry || entry.revoked || !matchesHost(entry, name)) return [line];
    const rest = entry.hosts
      .split(',')
      .filter(
        (pattern) =>
          !(pattern.toLowerCase() === name || (pattern.startsWith('|') && matchesHost(entry, name))),
      );
    if (rest.length === entry.hosts.split(',').length) return [line];
    return rest.length > 0 ? [line.replace(entry.hosts, () => rest.join(','))] : [];
  });
}

const LOCK_PATIENCE_MS = 5_000;
const LOCK_STALE_MS = 30_000;

/** Rewrites the file under a lock, by rename; how many lines fewer it has. */
async function edit(
  file: string,
  now: () => number,
  change: (lines: string[]) => string[],
): Promise<Result<number>> {
  const lock = `${file}.lock`;
  try {
    if (!(await takeLock(lock, now))) {
      return failed(
        fault(
          'locked',
          `Another btrfleet is changing ${file}.`,
          `Try again; if none is running, remove ${lock}.`,
        ),
      );
    }
    try {
      const text = readText(file);
      if (!text.ok) return text;
      const before = text.value.split('\n').filter((line) => line !== '');
      const after = change(before);
      await replaceFile(file, after.map((line) => `${line}\n`).join(''));
      return ok(before.length - after.length);
    } finally {
      await rm(lock, { force: true });
    }
  } catch (error) {
    return failed(unreadable(file, error));
  }
}

async function takeLock(lock: string, now: () => number): Promise<boolean> {
  for (let waited = 0; waited < LOCK_PATIENCE_MS; waited += 20) {
    try {
      await (await open(lock, 'wx', 0o600)).close();
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      await dropStale(lock, now);
    }
    await pause(20);
  }
  return false;
}

/** A lock is held for milliseconds; one this old was left by a process that died. */
async function dropStale(lock: string, now: () => number): Promise<void> {
  const found = await stat(lock).catch(() => null);
  if (found && now() - found.mtimeMs > LOCK_STALE_MS) await rm(lock, { force: true });
}

async function replaceFile(file: string, text: string): Promise<void> {
  const next = `${file}.new`;
  const handle = await open(next, 'w', 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(next, file);
}
