/** Asks before something is destroyed: on a terminal a person, elsewhere only `--yes` will do. */
import { createInterface } from 'node:readline/promises';
import { type Fault, fault } from '../core/model/fault.ts';

/**
 * Null: go on. Anything but a clear yes is a no, and so is no terminal. `what` lists exactly what will happen.
 */
export async function confirm(what: string, yes: boolean): Promise<Fault | null> {
  if (yes) return null;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    return fault('refused', `${what}\nNobody is there to ask.`, 'Add --yes if that is what you want.');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${what}\nGo on? [y/N] `);
    return /^y(es)?$/i.test(answer.trim())
      ? null
      : fault('refused', 'Nothing was done.', 'Answer y to go on.');
  } finally {
    terminal.close();
  }
}

/** A secret from stdin: all of it without the line end. Typed on a terminal it is not shown. */
export async function readSecret(prompt: string): Promise<string> {
  if (process.stdin.isTTY) return readHidden(prompt);
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

function readHidden(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(prompt);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  let typed = '';
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const finish = (settle: () => void): void => {
    stdin.setRawMode(false);
    stdin.pause();
    stdin.off('data', onData);
    stderr.write('\n');
    settle();
  };
  const onData = (text: string): void => {
    for (const character of text) {
      if (character === '\r' || character === '\n') {
        finish(() => resolve(typed));
        return;
      }
      if (character === '\u0003') {
        finish(() => reject(new Error('interrupted')));
        return;
      }
      typed = character === '\u007f' || character === '\b' ? typed.slice(0, -1) : typed + character;
    }
  };
  stdin.on('data', onData);
  return promise;
}
