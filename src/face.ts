/** Decides which face is wanted by the arguments and the terminal, and loads no more than that one. */
import { keepYoungSpaceSmall } from './process/memory.ts';
import { keepSqliteQuiet } from './process/sqlite-warning.ts';
import { version } from './process/version.ts';
import { scheduleOptions } from './scheduler/options.ts';

export async function main(argv: readonly string[]): Promise<void> {
  keepSqliteQuiet();
  const screen = screenOptions(argv);
  if (screen) {
    const { openScreen } = await import('./terminal/screen.tsx');
    if ((await openScreen(screen)) === 'try-out') await tryOut([], screen.readOnly);
    return;
  }
  if (argv.includes('--play') && !argv.some((word) => word === '--help' || word === '-h')) {
    const words = argv.filter((word) => word !== '--play' && word !== '--readonly');
    await tryOut(words, argv.includes('--readonly'));
    return;
  }
  keepYoungSpaceSmall();
  const scheduler = scheduleOptions(argv);
  if (scheduler) {
    const { openScheduler } = await import('./scheduler/scheduler.ts');
    await openScheduler(scheduler, argv.includes('--json'));
    return;
  }
  const { runProgram } = await import('./cli/program.ts');
  await runProgram(version, argv);
}

/** @param words what the command `play` is told */
async function tryOut(words: readonly string[], readOnly: boolean): Promise<void> {
  const { openPlayScreen } = await import('./cli/play/screen.ts');
  await openPlayScreen(words, readOnly);
}

export interface ScreenOptions {
  readonly home: string | null;
  /** Everything is shown, nothing is changed. */
  readonly readOnly: boolean;
}

/** No noun and no verb: nothing but the options of the screen. Null: a command is wanted. */
function screenOptions(argv: readonly string[]): ScreenOptions | null {
  let home: string | null = null;
  let readOnly = false;
  const words = [...argv];
  while (words.length > 0) {
    const word = words.shift() ?? '';
    if (word === '--readonly') readOnly = true;
    else if (word.startsWith('--home=')) home = word.slice('--home='.length);
    else if (word === '--home' && words.length > 0) home = words.shift() ?? null;
    else return null;
  }
  return { home, readOnly };
}
