/** Snapshots and replicas as other tools make them: btrbk's names and directories, sent past btrfleet. */

import type { Lab } from '../../../scripts/lab/lab.ts';
import { must } from '../../../scripts/lab/run-command.ts';
import { quoteWord } from '../../../src/core/model/command-line.ts';

/** `btrfs send | btrfs receive` from server to server, past btrfleet; `base` null: in full. */
export async function sendPast(
  lab: Lab,
  from: { readonly server: string; readonly path: string; readonly base: string | null },
  to: { readonly server: string; readonly directory: string },
): Promise<void> {
  const base = from.base === null ? [] : ['-p', from.base];
  const line = (argv: readonly string[]): string => argv.map(quoteWord).join(' ');
  const send = line(lab.execArgv(from.server, ['btrfs', 'send', '-q', ...base, from.path]));
  const receive = line(lab.execArgv(to.server, ['btrfs', 'receive', '-q', to.directory]));
  await must(['sh', '-c', `${send} | ${receive}`]);
}

/** So many snapshots of a subvolume on a, each sent to b, as btrbk does; gives their paths on a, oldest first. */
export async function btrbkHistory(lab: Lab, subvolume: string, count: number): Promise<string[]> {
  const name = subvolume.split('/').at(-1) ?? '';
  await lab.must('a', ['mkdir', '-p', '/srv/pool/btrbk_snapshots']);
  await lab.must('b', ['mkdir', '-p', '/srv/pool/backup']);
  const made: string[] = [];
  for (let day = 1; day <= count; day++) {
    const path = `/srv/pool/btrbk_snapshots/${name}.202601${String(day).padStart(2, '0')}T0000`;
    await lab.must('a', ['sh', '-c', 'echo "$2" >>"$1/log"', 'sh', subvolume, String(day)]);
    await lab.must('a', ['btrfs', 'subvolume', 'snapshot', '-r', subvolume, path]);
    const from = { server: 'a', path, base: made.at(-1) ?? null };
    await sendPast(lab, from, { server: 'b', directory: '/srv/pool/backup' });
    made.push(path);
  }
  return made;
}
