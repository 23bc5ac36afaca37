// Faults of a server as it is reached: its cable, its sshd, its host key, its login and what that prints.
import { setTimeout as pause } from 'node:timers/promises';
import { cableName, setCable } from '../../lab/network.ts';
import { must, run } from '../../lab/run-command.ts';
import { injure } from '../injure.ts';
import type { Injury, Kind } from '../kind.ts';
import type { World } from '../world.ts';

/** Kinds that both a target and the primary may suffer. */
const of = (place: 'target' | 'primary', kind: Omit<Kind, 'place'>): Kind => ({
  ...kind,
  name: place === 'primary' ? `primary-${kind.name}` : kind.name,
  place,
});

const sshdKilled: Omit<Kind, 'place'> = {
  name: 'sshd-killed',
  breaks: true,
  seconds: [2, 9],
  inject: ({ lab }, server) =>
    injure(
      `all that runs on ${server} is killed, sshd too`,
      () => lab.kill(server),
      () => lab.start(server),
    ),
};

const cableCut: Omit<Kind, 'place'> = {
  name: 'cable-cut',
  breaks: true,
  seconds: [4, 12],
  inject: async ({ lab }, server) => {
    await lab.cut(server);
    return { what: `the cable of ${server} is cut`, heal: () => lab.heal(server) };
  },
};

const lineFlaps: Omit<Kind, 'place'> = {
  name: 'line-flaps',
  breaks: true,
  seconds: [3, 8],
  inject: async ({ lab }, server) => {
    const { bridge } = lab.record;
    let isDown = false;
    let last = Promise.resolve<unknown>(undefined);
    const flap = setInterval(() => {
      isDown = !isDown;
      last = last.then(() => setCable(bridge, server, isDown ? 'down' : 'up'));
    }, 400);
    return {
      what: `the line to ${server} comes and goes`,
      heal: async () => {
        clearInterval(flap);
        await last;
        await lab.heal(server);
      },
    };
  },
};

const lineSlow: Omit<Kind, 'place'> = {
  name: 'line-slow',
  breaks: true,
  seconds: [5, 12],
  inject: async ({ lab }, server, chance) => {
    const device = cableName(lab.record.bridge, server);
    const kilobits = chance.whole(200, 2000);
    const rate = ['rate', `${kilobits}kbit`, 'burst', '16kb', 'latency', '500ms'];
    await must(['tc', 'qdisc', 'add', 'dev', device, 'root', 'tbf', ...rate]);
    return {
      what: `the line to ${server} takes ${kilobits} kbit/s, the rest queues or is lost`,
      heal: async () => void (await must(['tc', 'qdisc', 'del', 'dev', device, 'root'])),
    };
  },
};

/** Its sshd and sessions stand still: it takes connections and answers nothing. */
const sshdHangs: Omit<Kind, 'place'> = {
  name: 'sshd-hangs',
  breaks: true,
  seconds: [4, 12],
  inject: async ({ lab }, server) => {
    // By their names in the server's own /proc, as nothing else of this machine may be meant.
    const all =
      'cd /proc; for p in [0-9]*; do case $(cat $p/comm 2>/dev/null) in sshd*) kill -$0 $p;; esac; done; true';
    const send = (signal: string) => lab.must(server, ['sh', '-c', all, signal]);
    await send('STOP');
    return { what: `sshd of ${server} stands still`, heal: async () => void (await send('CONT')) };
  },
};

const wrongHostKey: Kind = {
  name: 'wrong-host-key',
  place: 'target',
  breaks: true,
  seconds: [4, 10],
  inject: (world, server) =>
    injure(
      `${server} shows another host key`,
      async () => {
        await world.on(server, 'rm -rf /run/keys; mkdir /run/keys; cp -a /etc/ssh/ssh_host_* /run/keys');
        await world.lab.rekey(server);
      },
      async () => {
        await world.on(server, 'cp -a /run/keys/. /etc/ssh');
        await world.lab.kill(server);
        await world.lab.start(server);
      },
    ),
};

const loginRefused: Kind = {
  name: 'login-refused',
  place: 'target',
  breaks: true,
  seconds: [4, 10],
  inject: ({ lab }, server) =>
    injure(
      `${server} knows the key no more`,
      async () => {
        await lab.must(server, 'mv /root/.ssh/authorized_keys /root/.ssh/away');
        await lab.kill(server);
        await lab.start(server);
      },
      async () => {
        await lab.must(server, '[ ! -e /root/.ssh/away ] || mv /root/.ssh/away /root/.ssh/authorized_keys');
        await lab.start(server);
      },
    ),
};

/** What every login runs first: bash reads the one, sshd gives any shell the other. */
async function greets(world: World, server: string, line: string, what: string): Promise<Injury> {
  await world.on(server, 'echo "$1" >/root/.bashrc; echo "{ $1; } >&2" >/root/.ssh/rc', [line]);
  return {
    what,
    heal: async () => void (await world.on(server, 'rm -f /root/.bashrc /root/.ssh/rc')),
  };
}

const noisyShell: Kind = {
  name: 'noisy-shell',
  place: 'target',
  breaks: false,
  seconds: [6, 14],
  inject: (world, server) =>
    greets(
      world,
      server,
      'echo "Welcome to $(hostname)"; echo "ERROR: not really" >&2; printf "a\\000b\\033[2J\\n"',
      `logins on ${server} are greeted, on both outputs`,
    ),
};

const flood: Kind = {
  name: 'flood',
  place: 'target',
  breaks: true,
  seconds: [6, 12],
  inject: async (world, server) => {
    const { what, heal } = await greets(
      world,
      server,
      'yes "what nobody asked for" | head -c 200000000; yes >&2 | head -c 100000000 >&2',
      `each command on ${server} is flooded with 300 MB`,
    );
    const end = () =>
      world.lab.must(
        server,
        'cd /proc; for p in [0-9]*; do [ "$(cat $p/comm 2>/dev/null)" = yes ] && kill -9 $p; done; true',
      );
    return {
      what,
      heal: async () => {
        await heal();
        await end();
      },
    };
  },
};

/** Kills what btrfs runs on a server as soon as there is such a thing, as the kernel does when memory is short. */
const btrfsKilled = (place: 'target' | 'primary', verb: 'send' | 'receive'): Kind => ({
  name: `${verb}-killed`,
  place,
  breaks: true,
  seconds: [1, 2],
  inject: async (world, server) => {
    const until = Date.now() + world.patience(6);
    let killed = 0;
    while (killed === 0 && Date.now() < until) {
      const found = world.lab
        .leftovers(server)
        .filter(({ argv }) => argv[0]?.endsWith('btrfs') && argv[1] === verb);
      for (const { pid } of found) {
        // It may have ended since it was seen.
        await run(['kill', '-9', String(pid)]);
        killed += 1;
      }
      await pause(100);
    }
    return { what: `btrfs ${verb} on ${server} is killed ${killed} times`, heal: async () => undefined };
  },
});

export const LINE_KINDS: readonly Kind[] = [
  of('target', sshdKilled),
  of('primary', sshdKilled),
  of('target', cableCut),
  of('primary', cableCut),
  of('target', lineFlaps),
  of('target', lineSlow),
  of('primary', lineSlow),
  of('target', sshdHangs),
  wrongHostKey,
  loginRefused,
  noisyShell,
  flood,
  btrfsKilled('target', 'receive'),
  btrfsKilled('primary', 'send'),
];
