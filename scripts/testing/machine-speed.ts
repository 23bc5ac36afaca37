// Tells how many times slower this machine is right now than a quiet one, for limits that must fit both.
import { spawn } from 'node:child_process';

/** What `node -e 0` takes on an idle machine of 2026. */
const QUIET_MS = 40;
const LARGEST = 20;

const startOfNode = (): Promise<number> => {
  const begun = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
    const ended = (): void => resolve(performance.now() - begun);
    child.on('error', ended).on('exit', ended);
  });
};

const FRESH_MS = 30_000;
let known: { readonly at: number; readonly slowness: Promise<number> } | undefined;

/** From 1 to 20, as measured within the last 30 s; `now`: as it is this moment. */
export function slowness(now = false): Promise<number> {
  if (now || known === undefined || performance.now() - known.at > FRESH_MS)
    known = { at: performance.now(), slowness: measured() };
  return known.slowness;
}

async function measured(): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 3; round++) times.push(await startOfNode());
  return Math.min(LARGEST, Math.max(1, Math.max(...times) / QUIET_MS));
}
