/**
 * Decides how the key that opens an encrypted key file is derived: in a thread of its own, once for all who ask with
 * the same passphrase, and with a limit. It knows no file and no server.
 */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Derivation } from './bcrypt-asked.ts';

/** More are refused: a round takes about 35 ms, ssh-keygen's default is 24, a damaged file names mostly billions. */
export const MOST_ROUNDS = 1024;

/** Of one derivation, once it is at work: all who look at the whole fleet wait for it. A small machine takes long for a round. */
const LIMIT_SECONDS = 60;
const ROUND_SECONDS = 0.5;

/** Others wait, the quickest first: a hundred keys at once would take a hundred threads and their memory. */
const THREADS = 2;

/** One that took too long is not tried again before this: nobody can change it but by changing the file. */
const LATE_REST_SECONDS = 600;

/** How many results are remembered, in memory alone. */
const REMEMBERED = 64;

export type Derived =
  | { readonly kind: 'derived'; readonly key: Uint8Array }
  | { readonly kind: 'late'; readonly seconds: number }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly why: string };

class Work {
  readonly wanted: Derivation;
  readonly done: Promise<Derived>;
  /** How many wait for it; one that nobody waits for is given up. */
  waiting = 0;
  #finish: (derived: Derived) => void = () => {};
  #thread: Worker | null = null;

  constructor(wanted: Derivation) {
    this.wanted = wanted;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Ends when the thread has ended. */
  async run(): Promise<void> {
    try {
      const thread = new Worker(SCRIPT, { eval: true, workerData: this.wanted, execArgv: [], env: {} });
      this.#thread = thread;
      const seconds = Math.max(LIMIT_SECONDS, this.wanted.rounds * ROUND_SECONDS);
      const late = setTimeout(() => this.end({ kind: 'late', seconds }), seconds * 1000);
      thread.on('message', (key) => this.#finish({ kind: 'derived', key }));
      thread.on('error', ({ message }) => this.end({ kind: 'failed', why: message }));
      await new Promise((resolve) => thread.once('exit', resolve));
      clearTimeout(late);
    } catch (error) {
      this.end({ kind: 'failed', why: error instanceof Error ? error.message : String(error) });
    }
    this.end({ kind: 'failed', why: 'its thread ended' });
  }

  /** It is of no use any more, or none to anybody. What came before stays. */
  end(derived: Derived): void {
    this.#finish(derived);
    void this.#thread?.terminate();
  }
}

const known = new Map<string, Work>();
const queue: Work[] = [];
let running = 0;

/** `signal` ends the wait, and the work where nobody else waits for it. */
export async function deriveKey(wanted: Derivation, signal?: AbortSignal): Promise<Derived> {
  if (signal?.aborted) return { kind: 'cancelled' };
  const id = idOf(wanted);
  const work = known.get(id) ?? start(id, wanted);
  work.waiting++;
  const { promise: aborted, resolve } = Promise.withResolvers<Derived>();
  const onAbort = () => resolve({ kind: 'cancelled' });
  signal?.addEventListener('abort', onAbort, { once: true });
  const derived = await Promise.race([work.done, aborted]);
  signal?.removeEventListener('abort', onAbort);
  work.waiting--;
  if (work.waiting === 0 && derived.kind === 'cancelled') giveUp(id, work);
  return derived;
}

function start(id: string, wanted: Derivation): Work {
  const work = new Work(wanted);
  known.set(id, work);
  for (const oldest of known.keys()) {
    if (known.size <= REMEMBERED) break;
    known.delete(oldest);
  }
  void work.done.then(({ kind }) => {
    const forget = () => known.get(id) === work && known.delete(id);
    // A thread that failed may be this machine's trouble of a moment: the next one who asks tries again.
    if (kind === 'failed') forget();
    if (kind === 'late') setTimeout(forget, LATE_REST_SECONDS * 1000).unref();
  });
  queue.push(work);
  queue.sort((a, b) => a.wanted.rounds - b.wanted.rounds);
  next();
  return work;
}

function next(): void {
  if (running >= THREADS) return;
  const work = queue.shift();
  if (!work) return;
  running++;
  void work.run().then(() => {
    running--;
    next();
  });
}

function giveUp(id: string, work: Work): void {
  if (known.get(id) === work) known.delete(id);
  const place = queue.indexOf(work);
  if (place >= 0) queue.splice(place, 1);
  work.end({ kind: 'cancelled' });
}

/** The passphrase is in it, and cannot be read from it. */
function idOf({ passphrase, salt, rounds, length }: Derivation): string {
  const numbers = `${salt.length} ${rounds} ${length} `;
  return createHash('sha256').update(numbers).update(salt).update(passphrase).digest('hex');
}

declare const BTRFLEET_BCRYPT: string | undefined;

/** The program is one file, and an update must not take a second one away from it: the build puts the text in. */
const BCRYPT =
  typeof BTRFLEET_BCRYPT === 'string'
    ? BTRFLEET_BCRYPT
    : `var bcrypt = require(${JSON.stringify(createRequire(import.meta.url).resolve('bcrypt-pbkdf'))});`;

const SCRIPT = `${BCRYPT}
const { parentPort, workerData } = require('node:worker_threads');
const { passphrase, salt, rounds, length } = workerData;
const key = new Uint8Array(length);
if (bcrypt.pbkdf(passphrase, passphrase.length, salt, salt.length, key, length, rounds) !== 0)
  throw new Error('its head makes no sense');
parentPort.postMessage(key);`;
