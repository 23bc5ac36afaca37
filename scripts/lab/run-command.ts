// Runs one program of this machine and tells how it ended. Decides nothing about what is run.
import { spawn } from 'node:child_process';
import { searchPath } from './requirements.ts';

export type Outcome = { code: number; stdout: string; stderr: string };

export type RunOptions = {
  /** Text or bytes for its standard input; without it the input is empty. */
  input?: string | Uint8Array;
  /** Added to this process's environment. */
  env?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
};

/** Runs argv without a shell. A non-zero exit is an answer; only a program that cannot be started throws. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [program, ...args] = argv;
  if (program === undefined) throw new Error('nothing to run');
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      // The root directory: a server's namespaces may not have the caller's directory.
      cwd: '/',
      env: { ...process.env, PATH: searchPath(), ...options.env },
      stdio: 'pipe',
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A program that does not read its input closes the pipe early; its exit code says what matters.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({
        code: code ?? 255,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
  });
}

/** As run, but a non-zero exit throws with the command line and what it said. Gives its stdout. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(argv, options);
  if (code !== 0) throw new Error(`${argv.join(' ')}: exit ${code}\n${stderr || stdout}`.trimEnd());
  return stdout;
}
