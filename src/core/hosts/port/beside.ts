/** Decides how a program is run beside this one: it hears of our end, however that comes, by the end of its input. */
import { spawn } from 'node:child_process';
import { eachLine, MIB, readBounded } from './bounded-output.ts';
import { tailBuffer } from './tail-buffer.ts';

export interface Beside {
  /** The first line it prints; null: it ended without one. */
  readonly firstLine: Promise<string | null>;
  /** What it said on stderr until its first line. */
  complaint(): string;
  /** Ends its input and waits for it; after `graceMilliseconds` it is killed. */
  end(graceMilliseconds: number): Promise<void>;
}

const BOUND = { bytes: MIB, lines: true };
const COMPLAINT_BYTES = 65_536;

export function runBeside(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Beside {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const said = tailBuffer(COMPLAINT_BYTES);
  const kill = (): void => void child.kill('SIGKILL');
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', (error) => {
      said.add(Buffer.from(error.message));
      resolve();
    });
  });
  // It may be gone before its input ends.
  child.stdin.on('error', () => {});
  readBounded(child.stderr, BOUND, said.add, kill);
  const firstLine = new Promise<string | null>((resolve) => {
    readBounded(child.stdout, BOUND, eachLine(resolve), kill);
    void ended.then(() => resolve(null));
  });
  return {
    firstLine,
    complaint: () => said.text(),
    end: async (grace) => {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), grace);
      await ended;
      clearTimeout(timer);
    },
  };
}
