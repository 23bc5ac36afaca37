// Whether anything is left that nobody needs: half replicas, marks, streams, runs, processes, and after the end of all
// devices, mounts and interfaces.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { loopDevicesOf } from '../../lab/disks.ts';
import { interfacesOf } from '../../lab/network.ts';
import type { Books } from '../books.ts';
import type { Journal } from '../journal.ts';
import { listing, placeName } from '../listing.ts';
import { NOT_FOR_EVER } from '../observer.ts';
import { MARK } from '../scheduler.ts';
import { PLACES } from '../stage.ts';
import type { World } from '../world.ts';

const NO_PARTIAL = 'no partial is left';
const NO_LEAK = 'nothing is leaked';

/** With the scheduler ended. */
export async function checkLeftOver(world: World, journal: Journal): Promise<void> {
  for (const place of PLACES) await checkPartials(world, place);
  for (const { id, kind, state } of journal.runs) {
    if (state === 'finished') continue;
    world.books.found(NOT_FOR_EVER, `run ${id} (${kind}) is ${state}, and there is no scheduler any more`);
  }
  world.books.checked(NOT_FOR_EVER, journal.runs.length);
  if (journal.locks.length > 0)
    world.books.found(NO_LEAK, `locks in the journal: ${journal.locks.join(', ')}`);
  for (const { name } of world.lab.servers) await checkProcesses(world, name);
  world.books.checked(NO_LEAK);
  const own = markedProcesses(world.home);
  if (own.length > 0) world.books.found(NO_LEAK, `processes of btrfleet are left: ${own.join('; ')}`);
}

const MARKS = `find "$1/.snapshots/.btrfleet/receiving" -mindepth 1 -type d -name '2*' 2>/dev/null || true
find "$1/.snapshots/.btrfleet/spool" -name '*.stream' 2>/dev/null || true`;

async function checkPartials(world: World, place: (typeof PLACES)[number]): Promise<void> {
  const { server, mount } = place;
  const { books } = world;
  const known = new Set([...books.treasures].map(({ uuid }) => uuid));
  books.checked(NO_PARTIAL);
  for (const { path, uuid, readOnly } of await listing(world, place)) {
    if (readOnly || !path.startsWith(`${mount}/.snapshots/`) || known.has(uuid)) continue;
    books.found(NO_PARTIAL, `${placeName(place)} ${path} (${uuid}) is writable`);
  }
  const marks = (await world.on(server, MARKS, [mount])).trim();
  if (marks !== '') books.found(NO_PARTIAL, `on ${server}: ${marks.replaceAll('\n', ', ')}`);
}

/** A process that is just ending is none. */
async function checkProcesses(world: World, server: string): Promise<void> {
  const until = Date.now() + world.patience(20);
  let left = world.lab.leftovers(server);
  while (left.length > 0 && Date.now() < until) {
    await pause(250);
    left = world.lab.leftovers(server);
  }
  for (const { pid, argv } of left)
    world.books.found(NO_LEAK, `on ${server}: ${pid} ${argv.join(' ').slice(0, 200)}`);
}

/** The btrfleets of this run, wherever they went. */
function markedProcesses(home: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((pid) => {
      try {
        const isOwn = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${MARK}=${home}`);
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return isOwn && words !== '' ? [`${pid} ${words}`] : [];
      } catch {
        return [];
      }
    });
}

/** After the end of all. */
export async function checkTornDown(books: Books, lab: string, directory: string): Promise<void> {
  books.checked(NO_LEAK);
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const left = [
    ...(await loopDevicesOf(directory)),
    ...(await interfacesOf(lab)),
    ...mounts.filter((line) => line.includes(directory)),
    ...[directory].filter((path) => existsSync(path)),
  ];
  if (left.length > 0) books.found(NO_LEAK, `after the end: ${left.join(', ')}`);
}
