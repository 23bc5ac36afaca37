// Faults of a server's disk: it hangs, is full, is read-only, is pulled, is busy with itself.
import { setTimeout as pause } from 'node:timers/promises';
import { injure } from '../injure.ts';
import type { Kind } from '../kind.ts';
import { POOL, USB } from '../stage.ts';

const frozen: Kind = {
  name: 'disk-frozen',
  place: 'target',
  breaks: true,
  // Longer than the others may be behind meanwhile.
  seconds: [30, 45],
  inject: (world, server) =>
    injure(
      `the disk of ${server} hangs`,
      () => world.on(server, `fsfreeze -f ${POOL}`),
      // Where it did not hang, this says so, and that is well.
      () => world.on(server, `fsfreeze -u ${POOL} 2>/dev/null || touch ${POOL}/.snapshots`),
    ),
};

/** Ever smaller pieces until nothing fits. */
const FILL = `filler=${POOL}/filler; : >"$filler"
for piece in 100M 10M 1M 100K; do
  at=$(stat -c %s "$filler")
  while fallocate -o "$at" -l "$piece" "$filler" 2>/dev/null; do at=$(stat -c %s "$filler"); done
done
head -c 20000000 /dev/zero >"$filler.rest" 2>/dev/null || true`;

const full = (place: 'target' | 'primary'): Kind => ({
  name: place === 'primary' ? 'primary-disk-full' : 'disk-full',
  place,
  breaks: true,
  seconds: [4, 10],
  inject: (world, server) =>
    injure(
      `the disk of ${server} is full`,
      () => world.on(server, FILL),
      () => world.on(server, `rm -f ${POOL}/filler ${POOL}/filler.rest; btrfs filesystem sync ${POOL}`),
    ),
});

const readOnly: Kind = {
  name: 'disk-read-only',
  place: 'target',
  breaks: true,
  seconds: [4, 10],
  inject: async (world, server) => {
    const until = Date.now() + world.patience(8);
    for (;;) {
      try {
        await world.on(server, `mount -o remount,ro ${POOL}`);
        break;
      } catch (error) {
        // Busy, as long as somebody writes a file there.
        if (Date.now() > until) throw error;
        await pause(100);
      }
    }
    return {
      what: `the filesystem of ${server} is read-only`,
      heal: async () => void (await world.on(server, `mount -o remount,rw ${POOL}`)),
    };
  },
};

const pulled: Kind = {
  name: 'disk-pulled',
  place: 'target',
  breaks: true,
  seconds: [4, 12],
  only: 'b',
  inject: async ({ lab }, server) => {
    const until = Date.now() + 15_000;
    while ((await lab.exec(server, ['umount', USB])).code !== 0) {
      if (Date.now() > until) throw new Error(`${USB} stays busy`);
      await pause(100);
    }
    return { what: `${USB} of ${server} is pulled`, heal: () => lab.plugIn(server, USB) };
  },
};

const balanced = (place: 'target' | 'primary'): Kind => ({
  name: place === 'primary' ? 'primary-balance' : 'balance',
  place,
  breaks: false,
  seconds: [5, 12],
  inject: async (world, server) => {
    await world.on(server, `btrfs balance start --background --full-balance ${POOL} >/dev/null 2>&1`);
    return {
      what: `a full balance on ${server}`,
      heal: async () => void (await world.on(server, `btrfs balance cancel ${POOL} >/dev/null 2>&1 || true`)),
    };
  },
});

const scrubbed: Kind = {
  name: 'scrub',
  place: 'target',
  breaks: false,
  seconds: [3, 8],
  inject: async (world, server) => {
    // What it notes is noted on the server's own, not on this machine.
    const own =
      '[ ! -d /var/lib/btrfs ] || mountpoint -q /var/lib/btrfs || mount -t tmpfs tmpfs /var/lib/btrfs';
    await world.on(server, `${own}; btrfs scrub start ${POOL} >/dev/null 2>&1`);
    return {
      what: `a scrub on ${server}`,
      heal: async () => void (await world.on(server, `btrfs scrub cancel ${POOL} >/dev/null 2>&1 || true`)),
    };
  },
};

export const DISK_KINDS: readonly Kind[] = [
  frozen,
  full('target'),
  full('primary'),
  readOnly,
  pulled,
  balanced('target'),
  balanced('primary'),
  scrubbed,
];
