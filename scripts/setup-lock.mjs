// A lock between processes that set up the same checkout: one works, the others wait for it.
// A holder that died together with its npm is replaced at once, one that is silent for minutes as well; nobody
// else ever is: an npm whose parent was killed goes on writing, and two of them wreck the folder.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BEAT_MS = 5_000;
const SILENT_MS = 5 * 60_000;
const RETRY_MS = 250;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** A prepared directory is renamed into place: a lock never exists without its owner's name in it. */
function tryCreate(directory, owner) {
  const prepared = `${directory}.${owner}`;
  mkdirSync(prepared);
  writeFileSync(join(prepared, 'owner'), owner);
  try {
    renameSync(prepared, directory);
    return true;
  } catch (error) {
    rmSync(prepared, { recursive: true, force: true });
    if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false;
    throw error;
  }
}

function read(directory, name) {
  try {
    return readFileSync(join(directory, name), 'utf8');
  } catch {
    return undefined;
  }
}

const ownerOf = (directory) => read(directory, 'owner');

function isStale(directory, owner) {
  const pids = [owner, read(directory, 'worker')].filter(Boolean).map((text) => Number.parseInt(text, 10));
  try {
    return !pids.some(isAlive) || Date.now() - statSync(directory).mtimeMs > SILENT_MS;
  } catch {
    return false; // released in this moment
  }
}

/** Takes a dead owner's place. Only one process can create `after-<owner>`, so only one succeeds. */
function tryInherit(directory, dead, owner) {
  try {
    mkdirSync(join(directory, `after-${dead}`));
  } catch {
    return false;
  }
  const name = join(directory, 'owner');
  writeFileSync(`${name}.${owner}`, owner);
  renameSync(`${name}.${owner}`, name);
  return true;
}

/** Waits until this process holds `directory`; `say` is told once that it has to wait. */
export async function acquireLock(directory, say) {
  const owner = `${process.pid}-${Math.random().toString(36).slice(2)}`;
  for (let waited = false; !tryCreate(directory, owner); waited = true) {
    const holder = ownerOf(directory);
    if (holder && isStale(directory, holder) && tryInherit(directory, holder, owner)) break;
    if (!waited) say(`another setup is running in this checkout, waiting for it (lock: ${directory})`);
    await pause(RETRY_MS);
  }
  const beat = setInterval(() => {
    const now = new Date();
    if (ownerOf(directory) === owner) utimesSync(directory, now, now);
  }, BEAT_MS);
  beat.unref();
  return {
    /** Names the process that does the work now, which may outlive this one. */
    worker(pid) {
      writeFileSync(join(directory, 'worker'), String(pid));
    },
    release() {
      clearInterval(beat);
      if (ownerOf(directory) !== owner) return;
      // Moved away in one step first: removing it in place could take the next owner's file with it.
      renameSync(directory, `${directory}.${owner}`);
      rmSync(`${directory}.${owner}`, { recursive: true, force: true });
    },
  };
}
