/** Carries bytes between a channel of SSH and the open files of a simulated process, at the pace of the slower side. */
import type { Readable, Writable } from 'node:stream';
import type { OpenFile } from '../files/open-file.ts';
import type { Link } from './link.ts';

const PIECE = 262_144;

/** From the process to the channel, to the end. `gone`: nobody listens any more. */
export async function pour(from: OpenFile, to: Writable, link: Link, gone: AbortSignal): Promise<void> {
  try {
    for (let bytes = await from.read(PIECE, gone); bytes.length > 0; bytes = await from.read(PIECE, gone)) {
      await link.carry(bytes.length, gone);
      if (!to.write(bytes)) await drained(to, gone);
    }
  } catch (error) {
    if (!gone.aborted) throw error;
  } finally {
    from.release();
  }
}

/** From the channel to the process, to the end; what nobody reads there is dropped. Never ends the channel's other way. */
export function serve(from: Readable, to: OpenFile, link: Link, gone: AbortSignal): void {
  let isRead = true;
  let last = Promise.resolve();
  const pass = async (bytes: Uint8Array): Promise<void> => {
    if (!isRead) return;
    try {
      await link.carry(bytes.length, gone);
      await to.write(bytes, gone);
    } catch {
      // The command does not read, or the connection is gone.
      isRead = false;
    }
  };
  from.on('data', (bytes: Buffer) => {
    from.pause();
    last = last.then(() => pass(bytes)).then(() => void from.resume());
  });
  let isOver = false;
  const over = (): void => {
    if (isOver) return;
    isOver = true;
    void last.then(() => to.release());
  };
  from.once('end', over);
  if (gone.aborted) over();
  else gone.addEventListener('abort', over, { once: true });
}

function drained(to: Writable, gone: AbortSignal): Promise<void> {
  if (gone.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = (): void => {
      to.off('drain', settle);
      gone.removeEventListener('abort', settle);
      resolve();
    };
    to.once('drain', settle);
    gone.addEventListener('abort', settle, { once: true });
  });
}
