// Measures transfers of 3 GB from and to servers that renew their session keys all the time; each must end well.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ReplicationDocument } from '../../test/e2e/fleet/fleet.ts';
import type { Bench, BenchRow } from './bench.ts';
import { BenchFleet, buildProgram, PROGRAM, secondsOf } from './bench-fleet.ts';

const MEGABYTES = 3000;
const LIMITS = ['1M', '64M'];
const DATA = '/srv/pool/data';
const SERVERS = ['a', 'b'];

export const rekey: Bench = {
  name: 'rekey',
  async run(report) {
    await buildProgram();
    await using bench = await BenchFleet.up('rekey', '4G');
    const { lab } = bench;
    // Compressed on the disks, so that they stay small; on the wire it is every byte.
    for (const server of SERVERS) await lab.must(server, 'mount -o remount,compress-force=zstd:1 /srv/pool');
    await lab.must('a', ['btrfs', 'subvolume', 'create', DATA]);
    await lab.must('a', `yes 'what goes over the wire' | head -c ${MEGABYTES}000000 > ${DATA}/text`);
    const snapshot = await bench.snapshot(DATA);
    const rows: BenchRow[] = [];
    for (const limit of LIMITS) {
      for (const server of SERVERS) await renewKeysEvery(bench, server, limit);
      let sentBytes = 0;
      const seconds = await secondsOf(async () => {
        sentBytes = await replicate(bench, snapshot);
      });
      report(`RekeyLimit ${limit}: ${Math.round(sentBytes / 1e6)} MB in ${Math.round(seconds)} s`);
      await lab.must('b', ['btrfs', 'subvolume', 'delete', `/srv/pool/.snapshots/data/${snapshot}`]);
      rows.push({
        title: `full replication of ${MEGABYTES} MB, RekeyLimit ${limit} on both servers`,
        value: sentBytes / 1e6 / seconds,
        unit: 'MB/s',
        note: 'the whole command; it ended with 0 and the replica was verified',
      });
    }
    return rows;
  },
};

async function renewKeysEvery({ lab }: BenchFleet, server: string, limit: string): Promise<void> {
  await lab.must(server, `sed -i '/^RekeyLimit/d; 1i RekeyLimit ${limit}' /etc/ssh/sshd_config`);
  await lab.kill(server);
  await lab.start(server);
}

/** Gives the bytes that were sent. A process that dies, or another exit code than 0, throws. */
async function replicate({ home }: BenchFleet, snapshot: string): Promise<number> {
  const args = [
    '--home',
    home,
    'replicate',
    'full',
    DATA,
    snapshot,
    '--to',
    'b',
    '--path',
    'relay',
    '--json',
  ];
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', PROGRAM, ...args]);
  const [result] = (JSON.parse(stdout) as ReplicationDocument).results;
  if (result?.status !== 'ok') throw new Error(stdout);
  if (result.sentBytes < MEGABYTES * 1e6) throw new Error(`only ${result.sentBytes} bytes were sent`);
  return result.sentBytes;
}
