/** Decides how a program is run beside this one: it hears of our end, however that comes, by the end of its input. */
import { spawn } from 'node:child_process';

export interface Beside {
  /** The first line it prints; null: it ended without one. */
  readonly firstLine: Promise<string | null>;
  /** What it said on stderr until its first line. */
  complaint(): string;
  /** Ends its input and waits for it; after `graceMilliseconds` it is killed. */
  end(graceMilliseconds: number): Promise<void>;
}

const MOST = 65_536;

export function runBeside(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Beside {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', (error) => {
      said.err += error.message;
      resolve();
    });
  });
  // It may be gone before its input ends.
  child.stdin.on('error', () => {});
  child.stderr.on('data', (chunk: Buffer) => {
    if (said.err.length < MOST) said.err += chunk.toString('utf8');
  });
  const firstLine = new Promise<string | null>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      if (said.out.length >= MOST) return;
      said.out += chunk.toString('utf8');
      const end = said.out.indexOf('\n');
      if (end >= 0) resolve(said.out.slice(0, end));
    });
    void ended.then(() => resolve(null));
  });
  return {
    firstLine,
    complaint: () => said.err,
    end: async (grace) => {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), grace);
      await ended;
      clearTimeout(timer);
    },
  };
}
