/** A step as the commands of btrfs take it: paths on the source. */
import type { SendArguments } from '../../btrfs/ask/commands.ts';
import type { SendStep } from '../../model/runs/replication.ts';
import { throughOneMount } from '../../plan/catalog/one-mount.ts';

export function sendOf({ snapshot, base }: SendStep, compress: boolean): SendArguments {
  const both = base && throughOneMount(snapshot, base);
  return { snapshot: snapshot.path, base: base?.path ?? null, ...both, compress };
}
