// Measures a full replication through the program against OpenSSH's client doing the same by hand, in turns.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from './bench.ts';
import { BenchFleet, buildProgram, median, PROGRAM, secondsOf } from './bench-fleet.ts';

const MEGABYTES = 700;
const ROUNDS = 3;
const MOUNT = '/srv/pool';
const DATA = `${MOUNT}/data`;
const BY_HAND = `${MOUNT}/by-hand`;
const SAMPLE_MILLISECONDS = 50;

export const relay: Bench = {
  name: 'relay',
  async run(report) {
    await buildProgram();
    await using bench = await BenchFleet.up('relay', '4G');
    const snapshot = await prepare(bench);
    const ours: number[] = [];
    const theirs: number[] = [];
    let peakBytes = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      theirs.push(await secondsOf(() => sendByHand(bench, snapshot)));
      await empty(bench, `${BY_HAND}/${snapshot}`);
      ours.push(
        await secondsOf(async () => {
          peakBytes = Math.max(peakBytes, await sendByProgram(bench, snapshot));
        }),
      );
      await empty(bench, `${MOUNT}/.snapshots/data/${snapshot}`);
      report(
        `round ${round} of ${ROUNDS}: ssh | ssh ${rateOf(theirs.at(-1))}, btrfleet ${rateOf(ours.at(-1))}`,
      );
    }
    const what = `full replication of ${MEGABYTES} MB, relay`;
    return [
      {
        title: `${what}, against ssh | ssh`,
        value: median(theirs) / median(ours),
        unit: '×',
        goal: { atLeast: 1.3 },
        note: `whole commands, connecting and verifying included; medians of ${ROUNDS} rounds in turns; load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors`,
      },
      { title: `${what}: btrfleet`, value: MEGABYTES / median(ours), unit: 'MB/s' },
      {
        title: `${what}: ssh a btrfs send | ssh b btrfs receive`,
        value: MEGABYTES / median(theirs),
        unit: 'MB/s',
      },
      { title: `${what}: most memory`, value: peakBytes / 1e6, unit: 'MB', goal: { atMost: 150 } },
    ];
  },
};

const rateOf = (seconds: number | undefined): string =>
  `${Math.round(MEGABYTES / (seconds ?? Number.NaN))} MB/s`;

/** Data that no cipher or filesystem can make smaller; gives the snapshot's name. */
async function prepare(bench: BenchFleet): Promise<string> {
  const { lab } = bench;
  await lab.must('a', ['btrfs', 'subvolume', 'create', DATA]);
  await lab.must('a', `openssl rand ${MEGABYTES}000000 | split -b 10000000 - ${DATA}/part-`);
  await lab.must('b', ['mkdir', BY_HAND]);
  return bench.snapshot(DATA);
}

async function sendByHand({ lab }: BenchFleet, snapshot: string): Promise<void> {
  const ssh = `ssh -F ${lab.record.sshConfigFile}`;
  const path = `${MOUNT}/.snapshots/data/${snapshot}`;
  const line = `${ssh} a btrfs send -q ${path} | ${ssh} b btrfs receive -q ${BY_HAND}`;
  await finished(spawn('bash', ['-o', 'pipefail', '-c', line], { stdio: ['ignore', 'ignore', 'inherit'] }));
}

/** Gives the most memory the program took, in bytes. */
async function sendByProgram({ home }: BenchFleet, snapshot: string): Promise<number> {
  const args = ['--home', home, 'replicate', 'full', DATA, snapshot, '--to', 'b'];
  const child = spawn(process.execPath, ['--no-warnings', PROGRAM, ...args], { stdio: 'ignore' });
  const ended = finished(child);
  let peakBytes = 0;
  while (child.exitCode === null && child.signalCode === null) {
    peakBytes = Math.max(peakBytes, peakOf(child.pid));
    await Promise.race([ended, pause(SAMPLE_MILLISECONDS)]);
  }
  await ended;
  return peakBytes;
}

/** The kernel keeps the peak itself; zero for a process that is gone. */
function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

async function finished(child: ReturnType<typeof spawn>): Promise<void> {
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')}: exit ${code}`);
}

/** Deletes what was received and waits until its room is free, so that every round finds the same disk. */
async function empty({ lab }: BenchFleet, path: string): Promise<void> {
  await lab.must('b', ['btrfs', 'subvolume', 'delete', '--commit-after', path]);
  await lab.must('b', ['btrfs', 'subvolume', 'sync', MOUNT]);
}
