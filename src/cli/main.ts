/** Decides which face is wanted by the arguments and the terminal, and loads no more than that one. */
import { version } from './version.ts';

export async function main(argv: readonly string[]): Promise<void> {
  // Monitoring asks for the version often; it is answered without loading anything.
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.write(`${version}\n`);
    return;
  }
  if (wantsScreen(argv)) {
    const { openScreen } = await import('./screen.ts');
    await openScreen(argv);
    return;
  }
  const { runProgram } = await import('./program.ts');
  await runProgram(version, argv);
}

/** No noun and no verb: nothing but the options that choose the state directory. */
function wantsScreen(argv: readonly string[]): boolean {
  if (argv.length === 0) return true;
  const [first = '', second] = argv;
  return (
    (first.startsWith('--home=') && argv.length === 1) ||
    (first === '--home' && second !== undefined && argv.length === 2)
  );
}
