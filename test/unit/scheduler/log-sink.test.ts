import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logLines } from '../../../src/scheduler/log.ts';
import { tolerantLog } from '../../../src/scheduler/log-sink.ts';

test('a log on a full disk ends nothing, and says how much of it is missing once there is room', () => {
  let isFull = false;
  const written: string[] = [];
  const log = tolerantLog(
    (event) => logLines(event, 'T', { format: 'text', journald: false }),
    (text) => {
      if (isFull) throw new Error('ENOSPC: no space left on device, write');
      written.push(text);
    },
  );
  log({ type: 'stopping', running: 1 });
  isFull = true;
  log({ type: 'stopping', running: 2 });
  log({ type: 'stopping', running: 3 });
  isFull = false;
  log({ type: 'stopping', running: 4 });
  log({ type: 'stopping', running: 5 });
  assert.deepEqual(written, [
    'T  btrfleet  stopping; 1 run at work\n',
    'T  btrfleet  2 lines of this log could not be written\nT  btrfleet  stopping; 4 runs at work\n',
    'T  btrfleet  stopping; 5 runs at work\n',
  ]);
});
