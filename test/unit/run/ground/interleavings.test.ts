/**
 * Replications, clean-ups of both sides, deletions by hand and dying processes in all orders, on a real journal: what is used
 * is never gone, the two sides never lose the last that they have in common, no clean-up takes the last of a side, nobody
 * waits for ever, nothing is left. What may go, and what that rests on, is planned by the very code that plans it for runs.
 */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { deletedBy, type RetentionRules } from '../../../../src/core/model/retention.ts';
import type { Snapshot } from '../../../../src/core/model/snapshot.ts';
import { planCleanup } from '../../../../src/core/plan/retention/cleanup.ts';
import { lastBases } from '../../../../src/core/plan/retention/last-bases.ts';
import { onBothSides } from '../../../../src/core/run/deletion/deletion.ts';
import { restsOnKept } from '../../../../src/core/run/deletion/plan-cleanup.ts';
import type { Claim, Doomed, Going } from '../../../../src/core/state/journal/pins.ts';
import { must } from '../../state/fixtures/state-home.ts';
import { at, claimsOn } from '../fixtures/claims.ts';

/** Oldest first. */
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

type Side = 'source' | 'target';
const SIDES = ['source', 'target'] as const;

/**
 * What happens to one of those at work. `fails`: the server refuses what is deleted; `is killed`: its process dies; `stands
 * still`: it is taken for dead, and goes on.
 */
interface Turn {
  readonly who: number;
  readonly how: 'goes on' | 'fails' | 'is killed' | 'stands still';
}

interface World extends Omit<ReturnType<typeof claimsOn>, 'home'> {
  readonly there: Readonly<Record<Side, Set<string>>>;
}

const newest = (names: Iterable<string>): string | undefined => [...names].toSorted().at(-1);

const common = (sides: Readonly<Record<Side, ReadonlySet<string>>>): string[] =>
  [...sides.source].filter((one) => sides.target.has(one));

/** Each `next` is one step that nobody interrupts; over: nothing is left to do. */
type Machine = AsyncGenerator<void, void, Turn['how']>;

/** One side after the other, as servers answer. */
async function* look({ there, journal, isAlive }: World) {
  journal.interruptDeadRuns(isAlive);
  const since = journal.moves();
  yield;
  const source: ReadonlySet<string> = new Set(there.source);
  yield;
  const target: ReadonlySet<string> = new Set(there.target);
  yield;
  return { since, source, target };
}

function* waitFor({ journal, isAlive }: World, met: readonly Claim[]) {
  const isLeft = () => {
    journal.interruptDeadRuns(isAlive);
    return journal
      .doomed()
      .some((one) => met.some(({ run, origin }) => one.run === run && one.origin === origin));
  };
  while (met.some(({ ended }) => ended === null) && isLeft()) yield;
}

/** Sends the newest that the target lacks from the newest that both have; in full, where they have nothing. */
async function* replicationOf(world: World, run: number): Machine {
  const { there, journal, isAlive, end } = world;
  for (;;) {
    const seen = yield* look(world);
    const sent = newest([...seen.source].filter((one) => !seen.target.has(one)));
    if (sent === undefined) break;
    const base = newest(common(seen));
    const used = base === undefined ? [sent] : [sent, base];
    const pins = used.flatMap((one) => SIDES.map((side) => at(one, side)));
    journal.interruptDeadRuns(isAlive);
    const met = journal.pin(run, { pins, there: [], since: seen.since });
    yield;
    if (!met.ok) return;
    if (met.value.length > 0) {
      yield* waitFor(world, met.value);
      continue;
    }
    for (let beat = 0; beat < 3; beat += 1) {
      if (journal.whyStopped(run)) return;
      for (const one of used) assert.ok(there.source.has(one), `${one} is sent and gone`);
      if (base !== undefined) assert.ok(there.target.has(base), `${base} is built on and gone`);
      yield;
    }
    there.target.add(sent);
    yield;
    break;
  }
  end(run);
}

type Seen = Readonly<Record<Side, ReadonlySet<string>>>;

/** `going`: at most these. */
type Planned = Pick<Going, 'restsOn'> & { readonly going: readonly string[] };

/** What may go on one side, and what that rests on. `tried`: it went, or it stays. */
interface Planner {
  readonly side: Side;
  readonly isByHand: boolean;
  plan(seen: Seen, tried: ReadonlySet<string>): Planned;
}

/** What is there and nobody is deleting. */
function staysOn({ there, journal }: World, side: Side): string[] {
  const going = journal.doomed().flatMap(({ filesystem, origin }) => (filesystem === side ? [origin] : []));
  return [...there[side]].filter((one) => !going.includes(one));
}

/** Two at a time; what is pinned stays, and where what it rests on has moved it is planned again. */
async function* deletionOf(world: World, run: number, planner: Planner): Machine {
  const { there, journal, isAlive, end } = world;
  const { side, isByHand } = planner;
  const done = new Set<string>();
  plans: for (;;) {
    const seen = yield* look(world);
    const { going, restsOn } = planner.plan(seen, done);
    const left = going.filter((one) => !done.has(one));
    for (let index = 0; index < left.length; index += 2) {
      const batch = left.slice(index, index + 2);
      journal.interruptDeadRuns(isAlive);
      const wanted = batch.map((one) => at(one, side));
      const said = journal.doom(run, { wanted, restsOn, since: seen.since });
      if (!said.ok) return;
      const doomed: Doomed = said.value;
      if (doomed.kind === 'moved') {
        yield* waitFor(world, doomed.by);
        continue plans;
      }
      assert.ok(isByHand || staysOn(world, side).length > 0, `a clean-up takes the last on the ${side}`);
      for (const [place, one] of batch.entries()) {
        done.add(one);
        const how = yield;
        if (doomed.pinned.has(place) || how === 'fails') continue;
        if (journal.whyStopped(run)) return;
        const users = journal.pinned().filter((pin) => pin.origin === one && pin.filesystem === side);
        assert.deepEqual(users, [], `${one} is pinned and deleted`);
        there[side].delete(one);
      }
      yield;
      journal.lift(run);
      yield;
    }
    break;
  }
  end(run);
}

const dayOf = (origin: string): string => `2026-01-0${NAMES.indexOf(origin) + 1}T00:00:00.000Z`;

/** Each side is a filesystem of its name. */
const snapshotsOn = (side: Side, origins: ReadonlySet<string>): Snapshot[] =>
  [...origins].toSorted().map((originId) => ({
    name: dayOf(originId),
    path: `/${side}/${dayOf(originId)}`,
    uuid: `${originId} on ${side}`,
    receivedUuid: null,
    originId,
    createdAt: dayOf(originId),
    readOnly: true,
    state: 'complete',
  }));

const filesystemOf = ({ path }: Snapshot): string => path.split('/')[1] ?? '';

const basesOf = (seen: Seen, side: Side) =>
  new Map([['the other side', seen[side === 'source' ? 'target' : 'source']]]);

const LAST: RetentionRules = {
  ...{ kind: 'ladder', timeZone: 'UTC', minAgeSeconds: 0 },
  ...{ last: 1, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 },
};

/** Keeps the newest and the base. */
const byRules = (side: Side): Planner => ({
  side,
  isByHand: false,
  plan: (seen) => {
    const about = { snapshots: snapshotsOn(side, seen[side]), bases: basesOf(seen, side) };
    const now = Date.parse('2026-01-09T00:00:00.000Z');
    const plan = must(planCleanup({ ...about, rules: LAST, now, holds: [] }));
    return {
      going: deletedBy(plan).map(({ originId }) => originId),
      restsOn: restsOnKept(plan, filesystemOf),
    };
  },
});

/** What somebody chose, but for the last that both sides have. */
const byHand = (side: Side, chosen: readonly string[]): Planner => ({
  side,
  isByHand: true,
  plan: (seen, tried) => {
    const snapshots = snapshotsOn(side, seen[side]);
    const left = chosen.filter((one) => seen[side].has(one) && !tried.has(one));
    const going = snapshots.filter(({ originId }) => left.includes(originId));
    const { last, staying } = lastBases({ snapshots, going, bases: basesOf(seen, side), filesystemOf });
    return {
      going: left.filter((one) => !last.includes(one)),
      restsOn: [...staying, ...last].map(onBothSides),
    };
  },
});

const names = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 6 });
const some = fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 4 });
const sides = fc.constantFrom<Side>(...SIDES);
const turns = fc.array(
  fc.record<Turn>({
    who: fc.nat(5),
    how: fc.constantFrom(
      'goes on',
      'goes on',
      'goes on',
      'goes on',
      'goes on',
      'fails',
      'is killed',
      'stands still',
    ),
  }),
  { minLength: 20, maxLength: 150 },
);

test('however they interleave: nothing used is gone, a common base stays, no clean-up takes the last, nobody waits for ever, nothing is left', async (t) => {
  const { home, ...world } = claimsOn(t);
  const { journal, begin, dead } = world;
  const file = new DatabaseSync(home.journal);
  t.after(() => file.close());
  let pid = 100;
  await fc.assert(
    fc.asyncProperty(
      turns,
      some,
      sides,
      names,
      sides,
      names,
      async (schedule, target, side, chosen, other, also) => {
        const there = { source: new Set(NAMES), target: new Set(target) };
        const pids = [0, 1, 2, 3, 4, 5].map(() => (pid += 1));
        const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = pids.map((one) =>
          begin(one),
        );
        const here: World = { ...world, there };
        const machines = [
          replicationOf(here, first),
          deletionOf(here, second, byRules('source')),
          deletionOf(here, third, byRules('target')),
          deletionOf(here, fourth, byHand(side, chosen)),
          deletionOf(here, fifth, byHand(other, also)),
          replicationOf(here, sixth),
        ];
        const over = new Set<number>();
        let hadCommon = target.length > 0;
        const turn = async (who: number, how: Turn['how']): Promise<void> => {
          const machine = machines[who];
          if (!machine || over.has(who)) return;
          if (how === 'is killed' || how === 'stands still') dead.add(pids[who] ?? 0);
          if (how === 'is killed') over.add(who);
          else if ((await machine.next(how)).done) over.add(who);
          const hasCommon = common(there).length > 0;
          assert.ok(hasCommon || !hadCommon, 'both sides have nothing in common any more');
          hadCommon = hasCommon;
        };
        for (const { who, how } of schedule) await turn(who, how);
        for (let round = 0; over.size < machines.length; round += 1) {
          assert.ok(round < 400, 'somebody waits for ever');
          for (const who of machines.keys()) await turn(who, 'goes on');
        }
        journal.interruptDeadRuns(() => false);
        // Whoever comes next finds nothing of theirs.
        journal.pin(begin(), { pins: [], there: [], since: 0 });
        journal.interruptDeadRuns(() => false);
        assert.equal(file.prepare('SELECT count(*) n FROM pins').get()?.['n'], 0);
      },
    ),
    { numRuns: 300 },
  );
});

/** Where one run stands still after its look, and the other one begins and ends meanwhile. */
async function meanwhile(
  t: TestContext,
  target: readonly string[],
  [first, second]: readonly [Planner, Planner],
): Promise<string> {
  const { home: _, ...world } = claimsOn(t);
  const there = { source: new Set(NAMES), target: new Set(target) };
  const here: World = { ...world, there };
  const standing = deletionOf(here, world.begin(), first);
  for (let looks = 0; looks < 3; looks += 1) await standing.next('goes on');
  for (const machine of [deletionOf(here, world.begin(), second), standing]) {
    let isOver = false;
    while (!isOver) isOver = (await machine.next('goes on')).done === true;
  }
  return `${[...there.source].join('')} ${[...there.target].join('')}`;
}

test('of a side stays at least the newest that is left, where what the rules keep is deleted by hand meanwhile', async (t) => {
  assert.equal(await meanwhile(t, [], [byRules('source'), byHand('source', ['f'])]), 'e ');
  assert.equal(await meanwhile(t, [], [byRules('source'), byHand('source', ['d', 'e', 'f'])]), 'c ');
  assert.equal(await meanwhile(t, NAMES, [byRules('target'), byHand('target', ['e', 'f'])]), 'abcdef d');
});

test('the last in common that a deletion by hand was refused still is in common when it ends', async (t) => {
  const both = [byHand('source', ['a', 'b']), byHand('target', ['b'])] as const;
  assert.equal(await meanwhile(t, ['a', 'b'], both), 'acdef a');
});

test('what one side keeps for itself may go on the other one', async (t) => {
  const { journal, begin } = claimsOn(t);
  const seen = { source: new Set(['a', 'b', 'c']), target: new Set(['a', 'b']) };
  const { going, restsOn } = byRules('source').plan(seen, new Set());
  assert.deepEqual([going, restsOn], [['a'], [onBothSides('b'), at('c', 'source')]]);
  const [cleaning, other] = [begin(), begin()];
  const since = journal.moves();
  const meeting = (one: string, side: Side): string => {
    must(journal.doom(other, { wanted: [at(one, side)], restsOn: [], since: journal.moves() }));
    const said = must(journal.doom(cleaning, { wanted: [at('a', 'source')], restsOn, since }));
    for (const run of [cleaning, other]) journal.lift(run);
    return said.kind;
  };
  const met = [meeting('c', 'target'), meeting('a', 'target'), meeting('c', 'source')];
  assert.deepEqual(met, ['doomed', 'doomed', 'moved']);
});
