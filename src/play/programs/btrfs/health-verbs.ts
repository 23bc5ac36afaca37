/** What btrfs tells of the health of a filesystem: the errors of its device, and its last scrub. */
import type { Scrub } from '../../btrfs/health.ts';
import type { Pool } from '../../btrfs/pool.ts';
import { NotSimulated, operand, poolOf, type Verb } from './call.ts';

const deviceStats: Verb = async (call) => {
  const { pool } = poolOf(call, operand(call, 0, 'device stats'));
  const { write, read, flush, corruption, generation } = pool.deviceErrors;
  const counters = { write_io_errs: write, read_io_errs: read, flush_io_errs: flush };
  const all = Object.entries({ ...counters, corruption_errs: corruption, generation_errs: generation });
  const lines = all.map(([name, count]) => `[${pool.device}].${name.padEnd(16)} ${count}\n`);
  await call.process.write(lines.join(''));
  return 0;
};

function timesOf({ at, seconds }: Scrub): string {
  const [weekday, day = '', month, year, time] = new Date(at).toUTCString().replace(',', '').split(' ');
  const pad = (number: number): string => String(Math.floor(number)).padStart(2, '0');
  return [
    `Scrub started:    ${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}\n`,
    'Status:           finished\n',
    `Duration:         ${Math.floor(seconds / 3600)}:${pad((seconds / 60) % 60)}:${pad(seconds % 60)}\n`,
  ].join('');
}

function counters({ scrub }: Pool): string {
  const bytes = scrub?.bytes ?? 0;
  const counts = {
    data_extents_scrubbed: Math.ceil(bytes / 65_536),
    tree_extents_scrubbed: Math.ceil(bytes / 1_048_576),
    data_bytes_scrubbed: bytes,
    tree_bytes_scrubbed: Math.ceil(bytes / 1_048_576) * 16_384,
    read_errors: 0,
    csum_errors: scrub?.errors ?? 0,
    verify_errors: 0,
    no_csum: 0,
    csum_discards: 0,
    super_errors: 0,
    malloc_errors: 0,
    uncorrectable_errors: scrub?.uncorrectable ?? 0,
    unverified_errors: 0,
    corrected_errors: (scrub?.errors ?? 0) - (scrub?.uncorrectable ?? 0),
    last_physical: bytes,
  };
  return Object.entries(counts)
    .map(([name, count]) => `\t${name}: ${count}\n`)
    .join('');
}

const scrubStatus: Verb = async (call) => {
  if (!call.options.has('-R')) throw new NotSimulated('scrub status without -R');
  const { pool } = poolOf(call, operand(call, 0, 'scrub status'));
  const head = `UUID:             ${pool.uuid}\n`;
  const times = pool.scrub ? timesOf(pool.scrub) : '\tno stats available\n';
  await call.process.write(`${head}${times}${counters(pool)}`);
  return 0;
};

/** Finds what the device counts as corrupt. */
const scrubStart: Verb = async (call) => {
  if (!call.options.has('-B')) throw new NotSimulated('scrub start without -B');
  const { pool } = poolOf(call, operand(call, 0, 'scrub start'));
  const errors = pool.deviceErrors.corruption;
  const bytes = pool.usage().data.used;
  pool.scrub = { at: call.now, seconds: 0, errors, uncorrectable: errors, bytes };
  const summary = errors === 0 ? 'no errors found' : `csum=${errors}`;
  const sizes = `Total to scrub:   ${bytes}\nRate:             0.00B/s\nError summary:    ${summary}\n`;
  await call.process.write(`scrub done for ${pool.uuid}\n${timesOf(pool.scrub)}${sizes}`);
  return errors === 0 ? 0 : 3;
};

export const HEALTH_VERBS = { deviceStats, scrubStatus, scrubStart };
