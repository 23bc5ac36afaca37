/** The shell and the utilities that every simulated machine has, by name. */
import type { Program } from '../machine/machine.ts';
import { NotSimulated } from '../shell/not-simulated.ts';
import { sh } from '../shell/sh.ts';
import { dd } from './dd.ts';
import { FILE_PROGRAMS } from './file-programs.ts';
import { find } from './find.ts';
import { RUNNING_PROGRAMS } from './running-programs.ts';
import { sed } from './sed.ts';
import { stat } from './stat.ts';
import { SYSTEM_PROGRAMS } from './system-programs.ts';
import { TEXT_PROGRAMS } from './text-programs.ts';

/** What it cannot do is said on stderr, with exit code 2. */
const honest =
  (program: Program): Program =>
  async (process) => {
    try {
      return await program(process);
    } catch (error) {
      if (!(error instanceof NotSimulated)) throw error;
      await process.complain(error.message);
      return 2;
    }
  };

const PROGRAMS: Readonly<Record<string, Program>> = {
  ...FILE_PROGRAMS,
  ...TEXT_PROGRAMS,
  ...RUNNING_PROGRAMS,
  ...SYSTEM_PROGRAMS,
  ...{ sh, bash: sh, dash: sh, find, sed, stat, dd },
};

export const corePrograms: ReadonlyMap<string, Program> = new Map(
  Object.entries(PROGRAMS).map(([name, program]) => [name, honest(program)]),
);
