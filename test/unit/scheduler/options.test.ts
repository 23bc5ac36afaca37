/** Which arguments mean the scheduler, and which of them cannot be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAndRun } from '../../../src/cli/program.ts';
import { scheduleOptions } from '../../../src/scheduler/options.ts';

const split = (words: string): string[] => words.split(' ').filter((word) => word !== '');

/** `home once format json`, with a dash for what is not set. */
function read(words: string): string {
  const asked = scheduleOptions(split(words));
  if (asked === null) return 'something else';
  if (!asked.ok) return `${asked.fault.code}: ${asked.fault.message}`;
  const { home, once, logFormat, json } = asked.value;
  return `${home ?? '-'} ${once ? 'once' : '-'} ${logFormat} ${json ? 'json' : '-'}`;
}

for (const [words, want] of [
  ['--schedule', '- - text -'],
  ['--schedule --once', '- once text -'],
  ['--once --schedule --home /srv/state', '/srv/state once text -'],
  ['--home=/srv/state --schedule', '/srv/state - text -'],
  ['--schedule --log-format json', '- - json -'],
  ['--schedule --log-format=text', '- - text -'],
  // A loop has no one document: the log is what machines read.
  ['--schedule --json', '- - json json'],
  ['--schedule --json --once', '- once text json'],
  ['--schedule --json --once --log-format json', '- once json json'],
  ['--schedule --log-format xml', 'usage: --log-format xml is neither text nor json.'],
  ['--schedule --log-format=', 'usage: --log-format  is neither text nor json.'],
  ['--once', 'usage: --once belongs to --schedule.'],
  ['--log-format json', 'usage: --log-format belongs to --schedule.'],
  ['--once --home /srv/state --json', 'usage: --once belongs to --schedule.'],
  ['--schedule --readonly', 'usage: --readonly belongs to the screen and holds nothing back here.'],
  ['', 'something else'],
  ['--home /srv/state', 'something else'],
  ['--schedule server list', 'something else'],
  ['--schedule --help', 'something else'],
  ['--schedule --onec', 'something else'],
  ['--schedule --log-format', 'something else'],
] as const) {
  test(`btrfleet ${words}: ${want}`, () => assert.equal(read(words), want));
}

for (const [words, message] of [
  ['--schedule server list', /option '--schedule' runs the scheduler and takes no command/],
  ['server list --schedule', /option '--schedule' runs the scheduler and takes no command/],
  ['--once server list', /option '--once' belongs to --schedule/],
  ['server list --log-format json', /option '--log-format' belongs to --schedule/],
  ['--schedule --onec', /unknown option '--onec'.*--once/s],
  ['--schedule --log-format', /'--log-format <format>' argument missing/],
] as const) {
  test(`btrfleet ${words}: wrong usage, and nothing is run`, async () => {
    let said = '';
    const stream = { write: (text: string) => (said += text) };
    assert.equal(await parseAndRun('0.0.0', split(words), { stdout: stream, stderr: stream }), 2);
    assert.match(said, message);
  });
}
