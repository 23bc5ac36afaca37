/** `btrfleet play`: simulated servers to try everything on. What they do is told in src/play. */
import { type Command, Option } from 'commander';
import { example } from './help.ts';
import { createOutput } from './output.ts';

export interface PlayOptions {
  readonly story: string;
  readonly speed: string;
  readonly seed: string;
  readonly port?: string;
  readonly keep?: boolean;
  /** Internal: the screen started it, and it ends when its input does. */
  readonly beside?: boolean;
}

/** Those of `btrfleet play` that `btrfleet --play` takes, too. */
export const PLAY_DEFAULTS = { story: 'busy', speed: '1', seed: '1' } as const;

export function addPlay(program: Command): void {
  program
    .command('play')
    .description('simulated servers on this machine, to try everything on; nothing real is touched')
    .option('--story <name>', 'what happens: quiet, busy or trouble', PLAY_DEFAULTS.story)
    .option('--speed <factor>', 'how much faster it happens, from 0.1 to 60', PLAY_DEFAULTS.speed)
    .option('--seed <number>', 'another one tells it with other data', PLAY_DEFAULTS.seed)
    .option('--port <port>', 'the first of four ports of 127.0.0.1 (default: the system chooses)')
    .option('--keep', 'leave the state directory when it ends')
    .addOption(new Option('--beside').hideHelp())
    .addHelpText(...example('play --story trouble'))
    .action(async (options: PlayOptions, command: Command) => {
      const { play } = await import('./play-action.ts');
      const { json = false, home } = command.optsWithGlobals<{ json?: boolean; home?: string }>();
      await play(options, home ?? null, createOutput(json, process));
    });
}
