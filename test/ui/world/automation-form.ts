/** Fills in the forms of the Automation page by keys. It decides nothing. */
import assert from 'node:assert/strict';
import type { Config } from '../../../src/core/state/config/schema.ts';
import { ARMED } from '../../../src/store/app.ts';
import { FLEET } from './inventories.ts';
import type { Screen } from './open-screen.tsx';

const CLEAR = '\u0015';
export const BACK = '\u001b[Z';
export const RIGHT = '\u001b[C';
export const TALL = { ...FLEET, rows: 46 } as const;

/** What is shown as one line, without the frame of a dialog. */
export const words = (screen: Screen): string => screen.frame().replace(/[│\s]*\n[│\s]*/g, ' ');

export function config({ world }: Screen): Config {
  const read = world.fleet.config.read();
  assert.ok(read.ok);
  return read.value.config;
}

/** Goes down to the field of that label. */
export async function to(screen: Screen, label: string): Promise<void> {
  for (let field = 0; field < 40; field += 1) {
    if (screen.frame().includes(`▸ ${label}`)) return;
    await screen.keys('\t');
  }
  assert.fail(`there is no field ${label}:\n${screen.frame()}`);
}

export async function fill(screen: Screen, label: string, text: string): Promise<void> {
  await to(screen, label);
  await screen.chunks(CLEAR, text);
}

/** The last button but Cancel, from whatever field. */
export async function save(screen: Screen): Promise<void> {
  await to(screen, 'On');
  await screen.chunks('\t', '\r');
}

/** Until a question takes an answer. */
export const arm = (screen: Screen): void => screen.world.clock.pass(ARMED / 1000);
