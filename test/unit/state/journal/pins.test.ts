/** Pins and dooms in the journal: of two runs that meet both know, also where another program or a dead process is one of them. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openJournal } from '../../../../src/core/state/journal/journal.ts';
import type { Claim, Doomed, Pin } from '../../../../src/core/state/journal/pins.ts';
import { MIGRATIONS } from '../../../../src/core/state/journal/schema.ts';
import { at, claimsOn, doom, pin } from '../../run/fixtures/claims.ts';
import { clockAt, faultOf, must, stateHome } from '../fixtures/state-home.ts';

const told = (claims: readonly Claim[]): string =>
  claims
    .map(({ kind, origin, run, ended }) => `${kind} ${origin} by ${run}${ended ? ' over' : ''}`)
    .toSorted()
    .join(', ');

const saying = (doomed: Doomed): unknown =>
  doomed.kind === 'moved' ? `moved: ${told(doomed.by)}` : [...doomed.pinned];

test('of two that meet both know: what is pinned is not doomed, what is doomed is not pinned', (t) => {
  const { journal, begin, end } = claimsOn(t);
  const [using, deleting, other] = [begin(), begin(), begin()];
  assert.equal(told(must(pin(journal, using, ['x']))), '');
  const wanted = [at('w'), at('x'), null, at('x', 'elsewhere'), at('x', '')];
  const going = { wanted, restsOn: [], since: journal.moves() };
  assert.deepEqual(saying(must(journal.doom(deleting, going))), [
    [1, using],
    [4, using],
  ]);
  assert.equal(told(must(pin(journal, other, ['v', 'w']))), `doom w by ${deleting}`);
  // The rest of it is pinned already.
  assert.deepEqual(saying(must(doom(journal, deleting, ['v']))), [[0, other]]);
  assert.equal(told(journal.pinned()), `pin v by ${other}, pin x by ${using}`);
  // Two that delete do not keep each other back.
  assert.deepEqual(saying(must(doom(journal, begin(), ['w']))), []);
  end(using);
  assert.deepEqual(saying(must(doom(journal, deleting, ['x']))), []);
});

test('a deletion where nobody knows on which filesystem meets what is chosen on any', (t) => {
  const { journal, begin } = claimsOn(t);
  const [deleting, using] = [begin(), begin()];
  const since = journal.moves();
  must(journal.doom(deleting, { wanted: [at('x', '')], restsOn: [], since }));
  assert.equal(told(must(pin(journal, using, ['x']))), `doom x by ${deleting}`);
  journal.lift(deleting);
  assert.equal(told(must(pin(journal, using, ['x'], since))), `doom x by ${deleting} over`);
});

test('who looked before it was deleted looks again; what was pinned before that look is still there', (t) => {
  const { journal, begin } = claimsOn(t);
  const [deleting, using] = [begin(), begin()];
  const before = journal.moves();
  doom(journal, deleting, ['w']);
  journal.lift(deleting);
  // Only what it chose itself.
  assert.equal(told(must(pin(journal, using, ['x', 'w'], before))), `doom w by ${deleting} over`);
  assert.equal(told(must(pin(journal, using, ['x', 'y'], before))), '');
  assert.equal(told(must(pin(journal, using, ['x', 'w']))), '');
  // It is only said to be there, and not used.
  const chosen = { pins: [], there: [at('w'), at('z')], since: before };
  assert.equal(told(must(journal.pin(using, chosen))), `doom w by ${deleting} over`);
  assert.equal(told(journal.pinned()), [`w`, 'x', 'y'].map((one) => `pin ${one} by ${using}`).join(', '));
});

test('what was found there is not remembered when it was being deleted since the look', (t) => {
  const { journal, begin } = claimsOn(t);
  const replica = (originId: string) => ({
    ...{ originId, subvolume: '/data', server: 'b', filesystem: 'fs', mount: '/pool', verifiedAt: 't1' },
    ...{ path: `/pool/${originId}`, name: originId },
  });
  const known = () => journal.replicasOf('/data').map(({ name }) => name);
  const before = journal.moves();
  const deleting = begin();
  doom(journal, deleting, ['x', 'y']);
  journal.noteFound(['x', 'z'].map(replica), before);
  journal.lift(deleting);
  journal.noteFound(['y'].map(replica), before);
  assert.deepEqual(known(), ['z']);
  journal.noteFound(['y'].map(replica), journal.moves());
  assert.deepEqual(known(), ['y', 'z']);
});

test('a plan is carried out only while what it rests on stays, and what goes was sent by nobody since', (t) => {
  const { journal, begin, end } = claimsOn(t);
  const [cleaning, byHand, sending] = [begin(), begin(), begin()];
  const since = journal.moves();
  const next = (origin: string) =>
    saying(must(doom(journal, cleaning, [origin], { since, restsOn: ['base'] })));
  assert.deepEqual(next('a'), []);
  journal.lift(cleaning);
  // Own deletions are in the plan, and so is what else others delete.
  doom(journal, byHand, ['a', 'k']);
  assert.deepEqual(next('b'), []);
  journal.lift(cleaning);
  journal.lift(byHand);
  doom(journal, byHand, ['base']);
  const moves = journal.moves();
  assert.equal(next('c'), `moved: doom base by ${byHand}`);
  journal.lift(byHand);
  assert.equal(next('c'), `moved: doom base by ${byHand} over`);
  // What was only looked at counts for nobody.
  assert.deepEqual([told(journal.doomed()), journal.moves()], ['', moves + 1]);
  const again = { since: journal.moves(), restsOn: ['other'] };
  must(pin(journal, sending, ['c']));
  assert.deepEqual(saying(must(doom(journal, cleaning, ['c', 'd'], again))), [[0, sending]]);
  journal.lift(cleaning);
  end(sending);
  assert.equal(saying(must(doom(journal, cleaning, ['c', 'e'], again))), `moved: pin c by ${sending} over`);
});

test('what a plan keeps for itself counts where it lies; a base, and what lies nobody knows where, anywhere', (t) => {
  const { journal, begin } = claimsOn(t);
  const [cleaning, other] = [begin(), begin()];
  const restsOn = [at('base', ''), ...Array.from({ length: 5000 }, (_, index) => at(`kept ${index}`))];
  const meeting = (one: Pin): string => {
    const since = journal.moves();
    must(journal.doom(other, { wanted: [one], restsOn: [], since }));
    const now = must(journal.doom(cleaning, { wanted: [at('x')], restsOn, since }));
    journal.lift(cleaning);
    journal.lift(other);
    const later = must(journal.doom(cleaning, { wanted: [at('x')], restsOn, since }));
    journal.lift(cleaning);
    return [now, later].map((said) => String(saying(said))).join(', ');
  };
  const moved = (origin: string): string => {
    const said = `moved: doom ${origin} by ${other}`;
    return `${said}, ${said} over`;
  };
  assert.equal(meeting(at('kept 4999')), moved('kept 4999'));
  assert.equal(meeting(at('kept 0', 'elsewhere')), ', ');
  assert.equal(meeting(at('kept 1', '')), moved('kept 1'));
  assert.equal(meeting(at('base', 'elsewhere')), moved('base'));
  assert.equal(meeting(at('other')), ', ');
});

test('a process that was taken for dead and goes on neither pins nor deletes', (t) => {
  const { journal, isAlive, begin, dead } = claimsOn(t);
  const run = begin(2);
  must(pin(journal, run, ['x']));
  must(doom(journal, run, ['y']));
  assert.equal(journal.whyStopped(run), null);
  dead.add(2);
  journal.interruptDeadRuns(isAlive);
  assert.equal(faultOf(pin(journal, run, ['z'])).code, 'interrupted');
  assert.equal(faultOf(doom(journal, run, ['z'])).code, 'interrupted');
  assert.equal(journal.whyStopped(run)?.code, 'interrupted');
  assert.deepEqual([journal.pinned(), journal.doomed()], [[], []]);
});

// An older program, and what is left

/** As a program does that knows no pins. */
function older(file: string) {
  const database = new DatabaseSync(file);
  const run = (sql: string, ...values: readonly (string | number)[]) => database.prepare(sql).run(...values);
  const holder = JSON.stringify({ pid: 1, startTime: 1, bootId: 'boot', host: 'manager' });
  return {
    begin: (kind: string): number =>
      Number(
        run(
          `INSERT INTO runs (kind, asked_by, request, state, created_at, started_at, holder, seen_at)
           VALUES (?, 'hand', '{}', 'running', 't', 't', ?, 't')`,
          ...[kind, holder],
        ).lastInsertRowid,
      ),
    finish: (id: number) => run(`UPDATE runs SET state = 'finished', outcome = 'ok' WHERE id = ?`, id),
    forget: (id: number) => run('DELETE FROM runs WHERE id = ?', id),
    left: () => Number(database.prepare('SELECT count(*) n FROM pins').get()?.['n']),
    close: () => database.close(),
  };
}

test('a replication of an older program may use anything, as long as it runs and where it did since a look', (t) => {
  const { home, journal, begin } = claimsOn(t);
  const program = older(home.journal);
  t.after(program.close);
  const [cleaning, sending] = [begin(), begin()];
  const since = journal.moves();
  const going = () => saying(must(doom(journal, cleaning, ['x'], { since })));
  program.finish(program.begin('snapshot'));
  assert.deepEqual(going(), []);
  journal.lift(cleaning);
  const short = program.begin('replication');
  program.finish(short);
  assert.equal(going(), `moved: pin  by ${short} over`);
  const long = program.begin('replication');
  assert.equal(told(journal.pinned()), `pin  by ${long}`);
  assert.deepEqual(saying(must(doom(journal, cleaning, ['x']))), [[0, long]]);
  assert.equal(told(must(pin(journal, sending, ['y']))), '');
  program.finish(long);
  assert.equal(going(), `moved: pin  by ${short} over, pin  by ${long} over`);
  assert.deepEqual(saying(must(doom(journal, cleaning, ['x', 'y']))), [[1, sending]]);
});

test('a clean-up of an older program may delete anything: who chooses waits for it', (t) => {
  const { home, journal, begin } = claimsOn(t);
  const program = older(home.journal);
  t.after(program.close);
  const using = begin();
  const cleaning = program.begin('cleanup');
  const before = journal.moves();
  assert.equal(told(must(pin(journal, using, ['x']))), `doom  by ${cleaning}`);
  assert.equal(told(journal.doomed()), `doom  by ${cleaning}`);
  program.finish(cleaning);
  assert.equal(told(journal.doomed()), '');
  assert.equal(told(must(pin(journal, using, ['x'], before))), `doom  by ${cleaning} over`);
  assert.equal(told(must(pin(journal, using, ['x']))), '');
});

test('what an older program is at when its journal is brought up to date is in use', (t) => {
  const home = stateHome(t);
  const old = new DatabaseSync(home.journal);
  for (const step of MIGRATIONS.slice(0, -1)) old.exec(step);
  old.exec(`PRAGMA user_version = ${MIGRATIONS.length - 1}; PRAGMA journal_mode = WAL`);
  const program = older(home.journal);
  t.after(program.close);
  program.finish(program.begin('replication'));
  const run = program.begin('task');
  old.close();
  const journal = must(openJournal({ home, clock: clockAt('2026-11-20T12:00:00.000Z') }));
  t.after(() => journal.close());
  assert.equal(told(journal.pinned()), `pin  by ${run}`);
});

test('a run that an older program ended, or that was forgotten, uses and deletes nothing, and nothing of it is left', (t) => {
  const { home, journal, begin, end } = claimsOn(t);
  const program = older(home.journal);
  t.after(program.close);
  const [ended, forgotten] = [begin(), begin()];
  must(pin(journal, ended, ['x']));
  must(pin(journal, forgotten, ['y']));
  program.finish(ended);
  program.forget(forgotten);
  assert.deepEqual(journal.pinned(), []);
  const deleting = begin();
  assert.equal(saying(must(doom(journal, deleting, ['x']))), `moved: pin x by ${ended} over`);
  assert.deepEqual(saying(must(doom(journal, deleting, ['x', 'y']))), []);
  end(deleting);
  must(pin(journal, begin(), []));
  assert.equal(program.left(), 0);
});

test('what is over is remembered as long as a run is at work that may have looked before', (t) => {
  const { home, journal, begin, end } = claimsOn(t);
  const file = older(home.journal);
  t.after(file.close);
  const [first, second] = [begin(), begin()];
  const before = journal.moves();
  must(doom(journal, second, ['x']));
  end(second);
  const third = begin();
  must(pin(journal, third, []));
  const chosen = { pins: [], there: [at('x')], since: before };
  assert.equal(told(must(journal.pin(first, chosen))), `doom x by ${second} over`);
  end(first);
  must(pin(journal, third, []));
  assert.equal(file.left(), 0);
});
