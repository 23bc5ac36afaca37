/**
 * Compares a frame with the one that is kept in test/ui/frames; UPDATE_FRAMES=1 keeps the new one instead, to be read
 * before it is committed.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function assertFrame(name: string, frame: string): void {
  const file = join(import.meta.dirname, '../frames', `${name}.txt`);
  // Blanks at the ends of rows cannot be seen, and editors take them away.
  const shown = `${frame
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd()}\n`;
  if (process.env['UPDATE_FRAMES'] === '1') writeFileSync(file, shown);
  else
    assert.equal(shown, readFileSync(file, 'utf8'), `${name} has changed: UPDATE_FRAMES=1 keeps the new one`);
}
