/** A state directory that version 0.1.0 made is opened as it is, and tells the same as it told there. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { PROGRAM } from '../fleet/bundle.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/home-0.1.0');
const TOLD = JSON.parse(readFileSync(join(FIXTURES, 'told.json'), 'utf8')) as Record<string, unknown>;

const home = mkdtempSync(join(tmpdir(), 'btrfleet-e2e-earlier-'));
after(() => rmSync(home, { recursive: true, force: true }));
copyFileSync(join(FIXTURES, 'config.json'), join(home, 'config.json'));
const journal = new DatabaseSync(join(home, 'journal.db'));
journal.exec('PRAGMA foreign_keys = OFF');
journal.exec(readFileSync(join(FIXTURES, 'journal.sql'), 'utf8'));
journal.close();

/** What depends on the clock, or on files that are not there. */
const UNSTEADY = new Set(['nextRun', 'lag', 'state', 'hostKey']);

/** Told since then, beside what was told there. */
const ADDED = new Set(['compares']);

const steady = (told: unknown, isOuter: boolean): unknown =>
  isOuter && Array.isArray(told)
    ? told.map((one) =>
        Object.fromEntries(Object.entries(one).filter(([key]) => !UNSTEADY.has(key) && !ADDED.has(key))),
      )
    : told;

test('there is something to compare', () => assert.ok(Object.keys(TOLD).length > 20));

for (const [words, before] of Object.entries(TOLD))
  test(`${words} tells the same`, async () => {
    const isRun = words.startsWith('run ');
    const argv = ['--no-warnings', PROGRAM, ...words.split(' '), '--json', '--home', home];
    const { stdout } = await promisify(execFile)(process.execPath, argv, {
      env: { ...process.env, HOME: home },
    });
    assert.deepEqual(steady(JSON.parse(stdout), !isRun), steady(before, !isRun));
  });
