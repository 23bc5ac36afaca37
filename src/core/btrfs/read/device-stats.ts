/** Decides what `btrfs device stats` says of the errors of each device. */
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { DeviceErrors } from '../../model/storage.ts';
import { escaped } from '../messages/escaped.ts';

const COUNTERS = {
  write_io_errs: 'writeErrors',
  read_io_errs: 'readErrors',
  flush_io_errs: 'flushErrors',
  corruption_errs: 'corruptionErrors',
  generation_errs: 'generationErrors',
} as const;

const isCounter = (name: string): name is keyof typeof COUNTERS => name in COUNTERS;

/** Faults: `listing-failed`, naming the line that is not understood, or where there is none at all. */
export function parseDeviceStats(lines: readonly string[]): Result<DeviceErrors[]> {
  const devices = new Map<string, DeviceErrors>();
  for (const [index, line] of lines.entries()) {
    const [, device, counter, count] = /^\[(.+)\]\.(\w+)\s+(\d+)$/.exec(line) ?? [];
    if (device === undefined || counter === undefined || count === undefined) return failed(odd(index, line));
    const known = devices.get(device) ?? none(device);
    // A counter of a later version is no error that is known here.
    devices.set(device, isCounter(counter) ? { ...known, [COUNTERS[counter]]: Number(count) } : known);
  }
  return devices.size === 0 ? failed(odd(0, '')) : ok([...devices.values()]);
}

const none = (device: string): DeviceErrors => ({
  device,
  writeErrors: 0,
  readErrors: 0,
  flushErrors: 0,
  corruptionErrors: 0,
  generationErrors: 0,
});

const odd = (index: number, line: string) =>
  fault(
    'listing-failed',
    `Line ${index + 1} of "btrfs device stats" is not understood: "${escaped(line)}".`,
    'Another version of btrfs-progs may write it differently; please report it with "btrfs --version".',
  );
