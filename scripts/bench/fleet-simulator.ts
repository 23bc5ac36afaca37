// Plays many servers in one process: an SSH server that answers what a look at a server asks for, after a delay, and
// nothing else. What it answers is as a login shell hands it on: behind the mark, with the probe as it was given. Each listens on its own loopback address. Started as a process of its own, so that what it costs is
// not counted to the program that is measured.
import { generateKeyPairSync } from 'node:crypto';
import { Socket } from 'node:net';
import ssh2, { type ServerChannel } from 'ssh2';
import { PROBE, PROBE_INPUT } from '../../src/core/hosts/port/login-shell.ts';
import { inventoryText, listsOf, proofText } from './simulated-inventory.ts';

const { Server, utils } = ssh2;

export interface SimulatorSettings {
  readonly servers: number;
  /** Of each server. */
  readonly snapshots: number;
  /** Milliseconds before each answer. */
  readonly delay: number;
}

/** What the simulator prints once it listens. */
export interface SimulatorReady {
  readonly port: number;
  /** The one host key all servers have, as in known_hosts: `type base64`. */
  readonly hostKey: string;
}

/** 127.1.0.1, 127.1.0.2, …: the whole network is this machine. */
export const simulatedAddress = (index: number): string =>
  `127.1.${Math.floor(index / 250)}.${(index % 250) + 1}`;

const indexOf = (address: string): number => {
  const [, , high = '0', low = '1'] = address.split('.');
  return Number(high) * 250 + Number(low) - 1;
};

async function simulate({ servers, snapshots, delay }: SimulatorSettings): Promise<SimulatorReady> {
  for (let index = 0; index < servers; index += 1) listsOf(index, snapshots);
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const parsed = utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  const server = new Server({ hostKeys: [privateKey] }, (client) => {
    let index = 0;
    client.on('authentication', (context) => context.accept());
    client.on('error', () => {});
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        const said: Buffer[] = [];
        channel.on('data', (chunk: Buffer) => said.push(chunk));
        channel.on('end', () => {
          const about = { index, snapshots, nonce: Buffer.concat(said).toString('utf8').trim() };
          setTimeout(() => answer(channel, answerTo(command, about)), delay);
        });
      });
    });
    const socket = socketOf(client);
    // As sshd does: without it each short answer waits for the acknowledgement of the one before, up to 40 ms.
    socket?.setNoDelay(true);
    // ssh2 tells the address of the other end only; this end says which server is meant.
    index = indexOf(socket?.localAddress ?? '');
  });
  const { promise, resolve } = Promise.withResolvers<number>();
  server.listen(0, '0.0.0.0', () => {
    const address = server.address();
    resolve(typeof address === 'object' && address !== null ? address.port : 0);
  });
  const hostKey = `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`;
  return { port: await promise, hostKey };
}

function socketOf(client: object): Socket | null {
  const socket: unknown = Reflect.get(client, '_sock');
  return socket instanceof Socket ? socket : null;
}

const BEGINS = 'btrfleet-begins\n';

function answer(channel: ServerChannel, text: string): void {
  channel.stderr.write(BEGINS);
  channel.write(BEGINS + text);
  channel.exit(0);
  channel.end();
}

const FACTS = ['start', 'uid 0', 'kernel 6.18.0', 'progs btrfs-progs v6.2', 'stream 2'];

const factsText = (): string =>
  [...FACTS, `input ${PROBE_INPUT.trim()}`, 'end']
    .map((line) => `btrfleet-facts:${line}\n`)
    .join('')
    .concat(`btrfleet-word:${PROBE}:btrfleet-word\n`);

function answerTo(command: string, about: Parameters<typeof inventoryText>[0]): string {
  if (command.includes('btrfleet-inventory')) return inventoryText(about);
  if (command.includes('btrfleet-proof')) return proofText(about, command);
  return command.includes('btrfleet-facts:') ? factsText() : '';
}

if (process.argv[1] === import.meta.filename) {
  const [servers = '1', snapshots = '1000', delay = '20'] = process.argv.slice(2);
  const ready = await simulate({
    servers: Number(servers),
    snapshots: Number(snapshots),
    delay: Number(delay),
  });
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  process.stdin.on('end', () => process.exit(0)).resume();
}
