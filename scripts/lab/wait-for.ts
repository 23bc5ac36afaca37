// Waits until a state is reached. Never waits for a length of time in the hope that something has happened.
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Polls `reached` every 10 ms until it is true; after `seconds` it throws, naming `what`. */
export async function waitFor(
  what: string,
  reached: () => boolean | Promise<boolean>,
  seconds = 60,
  signal?: AbortSignal,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await reached())) {
    signal?.throwIfAborted();
    if (performance.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await delay(10);
  }
}

/** Whether an SSH server greets at this address within a second. */
export function sshAnswers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const answer = (greeted: boolean) => {
      socket.destroy();
      resolve(greeted);
    };
    socket.setTimeout(1000, () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('end', () => answer(false));
    socket.once('data', (greeting: Buffer) => answer(greeting.toString().startsWith('SSH-')));
  });
}
