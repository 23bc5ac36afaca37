/** A step as the commands of btrfs take it: paths on the source. */
import type { SendArguments } from '../btrfs/commands.ts';
import type { SendStep } from '../model/replication.ts';

export const sendOf = ({ snapshot, base }: SendStep, compress: boolean): SendArguments => ({
  snapshot: snapshot.path,
  base: base?.path ?? null,
  compress,
});
