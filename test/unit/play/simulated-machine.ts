/** Runs words on a simulated machine whose files are in memory. */

import { openPipe, SharedFile, toBytes, toText } from '../../../src/play/files/open-file.ts';
import type { Process, Program } from '../../../src/play/machine/machine.ts';
import { Machine } from '../../../src/play/machine/machine.ts';
import { corePrograms } from '../../../src/play/programs/core-programs.ts';
import { patience } from '../../patience.ts';
import { MemoryFiles } from './memory-files.ts';

/** Takes all that is written. */
class Heard extends SharedFile {
  text = '';
  override async write(bytes: Uint8Array): Promise<void> {
    this.text += toText(bytes);
  }
  protected override ended(): void {}
}

export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface Started {
  readonly process: Process;
  /** What it has printed so far, as UTF-8. */
  printed(): string;
  say(text: string): Promise<void>;
  endInput(): void;
  readonly answer: Promise<Answer>;
}

const utf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');
const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

export class SimulatedMachine {
  readonly files = new MemoryFiles();
  readonly machine: Machine;

  constructor(more: Readonly<Record<string, Program>> = {}) {
    const programs = new Map([...corePrograms, ...Object.entries(more)]);
    this.machine = new Machine({
      hostname: 'play',
      files: this.files,
      programs,
      now: () => performance.timeOrigin + performance.now(),
    });
    for (const path of ['/tmp', '/root']) this.files.mkdir(path);
    this.files.put('/proc/uptime', '12.34 10.00\n');
    this.files.put(
      '/proc/self/mountinfo',
      ['20 1 0:30 / / rw - ext4 /dev/vda rw', '67 20 0:40 / /pool rw - btrfs /dev/vdb rw,subvol=/', ''].join(
        '\n',
      ),
    );
  }

  /** Words and texts are UTF-8, as those of a server are; its input stays open. */
  start(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
    const [name = ''] = argv;
    const program = this.machine.program(name);
    if (program === undefined) throw new Error(`no program ${name}`);
    const [stdout, stderr] = [new Heard(), new Heard()];
    const [reads, writes] = openPipe();
    const process = this.machine.spawn(
      {
        argv: argv.map(bytesOf),
        env: new Map(Object.entries({ HOME: '/root', PATH: '/usr/bin:/bin', ...env })),
        cwd: '/tmp',
        fds: new Map([
          [0, reads],
          [1, stdout],
          [2, stderr],
        ]),
      },
      program,
    );
    const answer = process.ended.then((code) => ({
      stdout: utf8(stdout.text),
      stderr: utf8(stderr.text),
      code,
    }));
    return {
      process,
      printed: () => utf8(stdout.text),
      say: (text) =>
        writes.write(toBytes(bytesOf(text)), new AbortController().signal).catch(() => undefined),
      endInput: () => writes.release(),
      answer,
    };
  }

  async run(
    argv: readonly string[],
    input = '',
    env: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const started = this.start(argv, env);
    await started.say(input);
    started.endInput();
    return started.answer;
  }
}

export async function until(is: () => boolean): Promise<void> {
  for (const end = performance.now() + patience(10); !is(); ) {
    if (performance.now() > end) throw new Error('it does not come');
    await new Promise((done) => setTimeout(done, 5));
  }
}
