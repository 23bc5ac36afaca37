/** `btrfleet play`: simulated servers to try everything on. What they do is told in src/play. */
import type { Command } from 'commander';
import { createOutput } from '../../process/output.ts';
import { example } from '../frame/help.ts';
import type { PlayOptions } from './action.ts';

const DEFAULTS = { story: 'busy', speed: '1', seed: '1' } as const;

export function addPlay(program: Command): void {
  program
    .command('play')
    .description('simulated servers on this machine, to try everything on; nothing real is touched')
    .option('--story <name>', 'what happens: quiet, busy or trouble', DEFAULTS.story)
    .option('--speed <factor>', 'how much faster it happens, from 0.1 to 60', DEFAULTS.speed)
    .option('--seed <number>', 'another one tells it with other data', DEFAULTS.seed)
    .option('--port <port>', 'the first of four ports of 127.0.0.1 (default: the system chooses)')
    .option('--no-schedule', 'without a scheduler of its own, for one in another terminal')
    .option('--keep', 'leave the state directory when it ends')
    .addHelpText(...example('play --story trouble'))
    .action(async (options: PlayOptions, command: Command) => {
      const { play } = await import('./action.ts');
      const { json = false, home } = command.optsWithGlobals<{ json?: boolean; home?: string }>();
      await play(options, home ?? null, createOutput(json, process));
    });
}
