/** A server whose programs print without end: it costs the others nothing, the manager little, and ends when that ends. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { paced, patience } from '../../patience.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { looksAt, Manager, policyOf, type Scheduler, taskOf } from '../fleet/managers-at-work.ts';

const fleet = await TestFleet.up('flood', { servers: 3 });
const { lab } = fleet;
const { soon } = looksAt(fleet);

const MIB = 1024 * 1024;
/** What the scheduler gives to what is at work when it is told to end. */
const GRACE_SECONDS = 10;

/** Puts a program before another one that prints for ever as long as `/run/flooding` is there. */
const plant = (program: string, floods: string): Promise<unknown> =>
  lab.must('b', [
    'sh',
    '-c',
    `mkdir -p /root/bin && cp "/usr/bin/$1" "/root/bin/$1" && chmod 755 /root /root/bin
printf '%s\\n' '#!/bin/sh' "[ -e /run/flooding ] || exec /root/bin/$1 \\"\\$@\\"" "$2" >"/root/$1"
chmod 755 "/root/$1" && mount --bind "/root/$1" "/usr/bin/$1"`,
    'sh',
    program,
    floods,
  ]);

const setFlood = (on: boolean): Promise<unknown> =>
  lab.must('b', on ? 'touch /run/flooding' : 'rm -f /run/flooding');

/** Bytes that the scheduler held at most. */
function peakOf({ running }: Scheduler): number {
  const status = readFileSync(`/proc/${running.child.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

const isFlooding = (): boolean => lab.leftovers('b').some(({ argv }) => argv[0] === 'yes');

describe('a server that floods', () => {
  for (const [title, program, floods] of [
    ['both outputs of the lock', 'flock', 'yes here >&2 & exec yes there'],
    ['the lists', 'btrfs', 'exec yes "ID 256 gen 9 cgen 9 parent 5 top level 5 path x"'],
  ] as const) {
    test(`${title}: the others are served, memory stays bounded, and SIGTERM ends it`, async (context) => {
      const data = await fleet.subvolume(`/srv/pool/${program}`);
      await plant(program, floods);
      context.after(() => lab.exec('b', `rm -f /run/flooding; umount /usr/bin/${program}`));
      const seconds = paced(3);
      const desk = new Manager(fleet, program, ['a', 'b', 'c'], {
        snapshotPolicies: [policyOf(data, seconds)],
        tasks: [taskOf(program, [data], ['b', 'c'], seconds, { suspendAfter: 0 })],
      });
      const rounds = () => desk.rounds(program).map(({ targets }) => targets.join());
      const scheduler = desk.start();
      await soon(() => assert.ok(rounds().includes('b ok,c ok'), JSON.stringify(rounds())));

      const peak = peakOf(scheduler);
      const last = desk.journal.listRuns({ limit: 1 })[0]?.id ?? 0;
      await setFlood(true);
      /** Rounds that brought the healthy one what the flooding one did not get. */
      const ahead = () =>
        desk
          .rounds(program)
          .filter(
            ({ run, targets }) => run.id > last && targets.includes('c ok') && !targets.includes('b ok'),
          );
      const made = () => desk.ended('snapshot').filter(({ id }) => id > last);
      await soon(() => assert.ok(ahead().length >= 3 && made().length >= 3, JSON.stringify(rounds())));
      assert.match(
        JSON.stringify(ahead().map(({ run }) => run.report)),
        / on b printed (?:a line of )?more than /,
      );
      const more = peakOf(scheduler) - peak;
      assert.ok(more < 512 * MIB, `${more / MIB} MiB more`);

      await soon(() => assert.ok(isFlooding()));
      const asked = performance.now();
      await scheduler.stop();
      assert.ok(performance.now() - asked < patience(GRACE_SECONDS));

      await setFlood(false);
      await soon(() => assert.ok(!isFlooding(), 'what prints without end is left on the server'));
      const again = desk.start();
      const { length } = rounds();
      await soon(() => assert.ok(rounds().slice(length).includes('b ok,c ok'), JSON.stringify(rounds())));
      await again.stop();
    });
  }
});
