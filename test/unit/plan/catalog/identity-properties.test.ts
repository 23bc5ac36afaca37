import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { originIdOf, type Subvolume } from '../../../../src/core/model/inventory.ts';
import type { Proof } from '../../../../src/core/model/proof.ts';
import { findSubvolume, snapshotsIn, snapshotsOf } from '../../../../src/core/plan/catalog/catalog.ts';
import { judge, weigh } from '../../../../src/core/plan/catalog/proof.ts';
import { planTarget } from '../../../../src/core/plan/replication/target-plan.ts';
import type { Subvolume as Volume } from '../../../../src/play/btrfs/subvolume.ts';
import { contentOf, evidenceOf, Side, World } from '../btrfs-side.ts';

/** Each with numbers that choose among what there is. */
interface Happening {
  readonly kind: (typeof ORDINARY)[number] | (typeof TAMPERING)[number];
  readonly one: number;
  readonly two: number;
}

const ORDINARY = [
  'write',
  'snapshot',
  'replicate',
  'replicate',
  'clone',
  'delete',
  'balance',
  'flush',
  'look',
  'restore',
] as const;
const TAMPERING = ['toggle', 'change', 'take', 'clear', 'twin', 'copy', 'forget'] as const;

const happening = (kinds: readonly Happening['kind'][]): fc.Arbitrary<Happening> =>
  fc.record({ kind: fc.constantFrom(...kinds), one: fc.nat(99), two: fc.nat(99) });

const DIRECTORY = 'pool/.snapshots/data';

/** A source and a target, and a manager that remembers. */
class Scene {
  readonly world = new World();
  readonly source = new Side('a', this.world);
  readonly target = new Side('b', this.world);
  readonly memories = new Map([this.source, this.target].map((one) => [one, new Map<string, Proof>()]));
  readonly modes: string[] = [];
  #names = 0;

  constructor() {
    this.source.pool.create('pool/data', this.world.tick());
  }

  /** As run/prove does it, without a bound. */
  look(on: Side): readonly Subvolume[] {
    const listing = on.listing();
    const memory = this.memories.get(on) ?? new Map<string, Proof>();
    for (const pass of ['header', 'metadata'] as const) {
      const { open, entries } = judge(listing, memory);
      for (const { entry, kind } of open) {
        const volume = on.volumes.find(({ uuid }) => uuid === entry.uuid);
        if (!volume || kind !== pass || entry.absolutePath === null) continue;
        const { generation, uuid } = entry;
        on.flush(volume);
        const evidence = evidenceOf(volume, pass === 'metadata');
        const { changed } = evidence;
        const doubt = weigh(entry, evidence, memory.get(uuid), entries);
        memory.set(uuid, { uuid, generation, changed, doubt, tried: 0 });
      }
    }
    return judge(listing, memory).entries;
  }

  plan() {
    const from = this.source.filesystem(this.look(this.source));
    const to = this.target.filesystem(this.look(this.target));
    const place = findSubvolume(
      { server: 'a', takenAt: '', filesystems: [from], problems: [] },
      '/pool/data',
    );
    if (!place.ok) return null;
    const snapshots = snapshotsOf(place.value);
    const replicas = snapshotsIn(to, `/${DIRECTORY}`);
    assert.ok(snapshots.ok && replicas.ok);
    const owners = { own: 'mark', inherited: [], until: '' };
    const about = { generations: new Map<string, number>(), moments: null, held: new Set<string>() };
    const source = { place: place.value, owners, snapshots: snapshots.value, ...about };
    const at = { server: 'b', filesystem: to, mount: '/pool', directory: `/${DIRECTORY}` };
    const wanted = { mode: 'auto', snapshot: null, all: false } as const;
    const lookedAt = { place: at, replicas: replicas.value, otherNames: new Set(''), different: [] };
    return planTarget(wanted, source, lookedAt, 0);
  }

  replicate(): void {
    const plan = this.plan();
    if (plan === null || plan.kind === 'blocked') return void this.modes.push('blocked');
    if (plan.kind === 'current') {
      this.assertSame(plan.snapshot.path, 'already there');
      return;
    }
    for (const { snapshot, base } of plan.steps) {
      const [sent, from] = [snapshot, base].map((one) =>
        one ? this.source.at(one.path.slice(1)) : undefined,
      );
      assert.ok(sent);
      this.modes.push(base ? 'incremental' : 'full');
      this.target.receive(DIRECTORY, sent, from ?? null);
      this.assertSame(snapshot.path, base ? 'incremental' : 'full');
    }
  }

  assertSame(path: string, what: string): void {
    const [here, there] = [this.source.at(path.slice(1)), this.target.at(path.slice(1))];
    assert.ok(here && there, what);
    assert.deepEqual(contentOf(there), contentOf(here), what);
  }

  /** What a proven id promises, wherever it is. */
  assertTrue(): void {
    const known = new Map<string, Record<string, string>>();
    for (const on of [this.source, this.target]) {
      for (const entry of this.look(on)) {
        const volume = on.volumes.find(({ uuid }) => uuid === entry.uuid);
        if (!volume || !entry.readOnly || entry.doubt !== undefined) continue;
        const id = originIdOf(entry) ?? '';
        const content = contentOf(volume);
        assert.deepEqual(content, known.get(id) ?? content, `two contents with the proven id ${id}`);
        known.set(id, content);
      }
    }
  }

  happen({ kind, one, two }: Happening): void {
    const on = one % 2 === 0 ? this.source : this.target;
    const pick = (is: (volume: Volume) => boolean): Volume | undefined => {
      const some = on.volumes.filter(is);
      return some[two % Math.max(1, some.length)];
    };
    const live = this.source.at('pool/data');
    const snapshot = pick(({ readOnly }) => readOnly);
    const writable = pick(({ readOnly }) => !readOnly);
    this.#names += 1;
    const name = new Date(Date.UTC(2026, 0, 1) + this.#names * 60_000).toISOString();
    switch (kind) {
      case 'write':
        if (live) this.source.write(live, two % 3);
        break;
      case 'snapshot':
        if (live) this.source.snapshot(live, `${DIRECTORY}/${name}`, true);
        break;
      case 'replicate':
        this.replicate();
        break;
      case 'clone':
        if (snapshot) on.write(on.snapshot(snapshot, `pool/clone-${this.#names}`, false), 0);
        break;
      case 'delete': {
        // As a clean-up does: never the newest, nor the newest that both have.
        const isOn = (other: Side, { path }: Volume): boolean => other.at(path) !== undefined;
        const all = on.volumes.filter(({ readOnly, path }) => readOnly && path.startsWith(DIRECTORY));
        const base = all.findLast((volume) => isOn(on === this.source ? this.target : this.source, volume));
        const going = all.slice(0, -1).filter((volume) => volume !== base);
        const old = going[two % Math.max(1, going.length)];
        const clone = pick(({ path }) => path.startsWith('pool/clone-'));
        if (two % 3 === 0 && old) on.delete(old);
        else if (clone) on.delete(clone);
        break;
      }
      case 'balance':
        on.balance();
        break;
      case 'flush':
        for (const volume of on.volumes) on.flush(volume);
        break;
      case 'look':
        this.assertTrue();
        break;
      case 'restore': {
        const made = this.source.volumes.filter(
          ({ readOnly, path }) => readOnly && path.startsWith(DIRECTORY),
        );
        const from = made[two % Math.max(1, made.length)];
        if (!live || !from) break;
        this.source.delete(live);
        this.source.snapshot(from, 'pool/data', false);
        break;
      }
      case 'toggle':
        if (snapshot) on.setReadOnly(snapshot, false);
        break;
      case 'change':
        if (writable) on.write(writable, one % 3);
        if (writable && writable !== live) on.setReadOnly(writable, true);
        break;
      case 'take': {
        // A replica that was made writable becomes the subvolume in use.
        const replica = pick((volume) => volume.receivedUuid !== null);
        if (on !== this.source || !replica || !live || replica === live) break;
        this.source.delete(live);
        this.source.setReadOnly(replica, false);
        this.source.move(replica, 'pool/data');
        break;
      }
      case 'clear':
        if (writable) on.clear(writable);
        break;
      case 'twin': {
        // By another tool, in full: elsewhere on either side, reached by a mount or not. What was changed before such a
        // tool sent it bears the id of what it was, and nothing on the other side can tell.
        const right = new Set(
          this.look(this.source).flatMap((entry) => (entry.doubt ? [] : (entry.uuid ?? []))),
        );
        const made = this.source.volumes.filter(({ readOnly, uuid }) => readOnly && right.has(uuid));
        const sent = made[two % Math.max(1, made.length)];
        if (sent) on.receive(`${one % 3 === 0 ? 'outside' : 'pool'}/in-${this.#names}`, sent, null);
        break;
      }
      case 'copy':
        if (snapshot) on.snapshot(snapshot, `pool/copy-${this.#names}`, true);
        break;
      case 'forget':
        // Another manager, or a journal of before.
        this.memories.get(on)?.clear();
        break;
    }
  }
}

test('what is planned by a proven id has that content, whatever happened to whichever side', () => {
  const history = fc.array(happening([...ORDINARY, ...TAMPERING]), {
    minLength: 10,
    maxLength: 40,
    size: 'max',
  });
  fc.assert(
    fc.property(history, (story) => {
      const scene = new Scene();
      for (const one of story) scene.happen(one);
      scene.assertTrue();
      scene.replicate();
    }),
    { numRuns: 600 },
  );
});

test('nothing that people do every day ever costs a full send after the first, or is in doubt', () => {
  const history = fc.array(happening(ORDINARY), { minLength: 10, maxLength: 40, size: 'max' });
  fc.assert(
    fc.property(history, (story) => {
      const scene = new Scene();
      for (const one of story) scene.happen(one);
      for (const on of [scene.source, scene.target]) {
        const doubts = scene.look(on).flatMap(({ doubt, path }) => (doubt ? [`${path} ${doubt}`] : []));
        assert.deepEqual(doubts, []);
      }
      const sent = scene.modes.filter(
        (mode, index) => mode !== 'blocked' || scene.modes[index - 1] !== 'blocked',
      );
      const [first = 'full', ...later] = sent[0] === 'blocked' ? sent.slice(1) : sent;
      assert.deepEqual(
        [first, ...new Set(later)].slice(0, 2),
        later.length > 0 ? ['full', 'incremental'] : ['full'],
      );
    }),
    { numRuns: 300 },
  );
});
