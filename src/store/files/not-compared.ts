/** Why something is not compared on the screen. */
import { fault } from '../../core/model/fault.ts';
import { failed, type Result } from '../../core/model/result.ts';

export const notCompared = (why: string): Result<never> =>
  failed(
    fault(
      'usage',
      `${why}, so it is not compared here.`,
      'The command does it: btrfleet snapshot diff SUBVOLUME SNAPSHOT live PATH',
    ),
  );
