/** Says to a server what takes the place of what, and reads what it says of it. */
import { nonceInput } from '../../btrfs/ask/part-script.ts';
import { type RestoreMode, restoreCommand } from '../../btrfs/ask/restore-script.ts';
import { parseRestored, type SaidRestore } from '../../btrfs/read/restored.ts';
import type { Host } from '../../hosts/port/host.ts';
import type { RestoreRequest } from '../../model/runs/restore.ts';
import type { RestorePlan, RestoreWay } from '../../plan/restore/restore-plan.ts';
import type { Fleet } from '../ground/fleet.ts';

/** A snapshot and renames are quick; what waits is a disk. Seconds. */
const PATIENCE = 600;

export type Asked = Pick<RestorePlan, 'way' | 'source' | 'nested' | 'name' | 'made' | 'aside'> & {
  readonly mode: RestoreMode;
};

/** `unknown`: it did not answer. */
export async function askServer(
  fleet: Fleet,
  host: Host,
  { live, from, undo }: RestoreRequest,
  { way, source, nested, name, made, aside, mode }: Asked,
): Promise<SaidRestore> {
  const nonce = fleet.nonce();
  const command = restoreCommand({
    ...{ sudo: host.facts.sudo, mode, name, made, aside, live, uuid: from.uuid },
    ...{
      topOf: way.isTop ? way.mount : null,
      covers: way.covers,
      parent: wayWords(way),
      isItself: undo !== undefined,
    },
    source: source && mode === 'make' ? { directory: wayWords(source.way), name: source.name } : null,
    nested: nested.filter(({ stays }) => stays === null),
  });
  // Without a signal: half of it is worse than all of it.
  const said = await host.run(command, { input: nonceInput(nonce), timeoutSeconds: PATIENCE });
  return said.ok ? parseRestored(nonce, said.value.stdout) : { kind: 'unknown', said: said.fault.message };
}

/** As `enter` of a script takes it. */
const wayWords = ({ mount, below, isTop }: RestoreWay): string =>
  `${isTop || mount === '/' ? '' : mount}//${below}`;
