/**
 * Decides who may log in to a simulated machine, and carries commands to it: a real SSH server on 127.0.0.1 that runs each
 * line in the machine's own shell. It knows one account, root, by the key or the password of one state directory.
 */
import { timingSafeEqual } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import type { AuthContext, Connection, ParsedKey, Server, ServerChannel, Session } from 'ssh2';
import { loadSsh2 } from '../../core/hosts/ssh/load.ts';
import { openPipe } from '../files/open-file.ts';
import type { Machine } from '../machine/machine.ts';
import { type Process, SIGNALS, type SignalName } from '../machine/machine.ts';
import type { Link } from './link.ts';
import { pour, serve } from './pour.ts';

export interface SshdSettings {
  readonly machine: Machine;
  readonly link: Link;
  /** PEM, without a passphrase. */
  readonly hostKey: string;
  /** The only key that may log in, as PEM. */
  readonly userKey: string;
  readonly password: string;
  /** 0: the system chooses. */
  readonly port: number;
}

export interface SimulatedSshd {
  readonly port: number;
  close(): Promise<void>;
}

/** Milliseconds between two tries to listen. */
const AGAIN = 1000;

/** Rejects with the system's error when the port is taken. */
export async function startSshd(settings: SshdSettings): Promise<SimulatedSshd> {
  const { utils, Server } = await loadSsh2();
  const userKey = utils.parseKey(settings.userKey);
  if (userKey instanceof Error) throw userKey;
  const server: Server = new Server({ hostKeys: [settings.hostKey], ident: 'btrfleet-play' }, (client) => {
    // A machine that goes down takes its connections with it.
    const drop = (): void => {
      socketOf(client)?.destroy();
    };
    // ssh2 does not end every channel of a connection that breaks.
    const left = new AbortController();
    settings.link.onCut(drop);
    client.on('error', () => {});
    client.on('close', () => {
      left.abort();
      settings.link.forget(drop);
    });
    client.on('authentication', (context) => {
      if (mayLogIn(context, userKey, settings.password)) context.accept();
      else context.reject(['publickey', 'password']);
    });
    client.on('session', (accept) => serveSession(accept(), settings, left.signal));
    socketOf(client)?.setNoDelay(true);
    if (settings.link.isDown) drop();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  server.removeAllListeners('error');
  let timer: NodeJS.Timeout | undefined;
  const listenAgain = (): void => {
    if (!settings.link.isDown) server.listen(port, '127.0.0.1');
  };
  // Somebody may have taken the port meanwhile: the machine is back as soon as it is free.
  server.on('error', () => {
    timer = setTimeout(listenAgain, AGAIN);
  });
  // What is down refuses connections, as a machine without sshd does.
  settings.link.onTurn = (isDown) => {
    clearTimeout(timer);
    if (isDown) server.close();
    else listenAgain();
  };
  const close = async (): Promise<void> => {
    // Whoever connects at this moment is not let in any more.
    settings.link.isDown = true;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { port, close };
}

const socketOf = (client: Connection): Socket | undefined =>
  Reflect.get(client, '_sock') as Socket | undefined;

function mayLogIn(context: AuthContext, userKey: ParsedKey, password: string): boolean {
  if (context.username !== 'root') return false;
  if (context.method === 'password') return isEqual(Buffer.from(context.password), Buffer.from(password));
  if (context.method !== 'publickey') return false;
  const { key, blob, signature, hashAlgo } = context;
  if (key.algo !== userKey.type || !isEqual(key.data, userKey.getPublicSSH())) return false;
  // Without a signature the client only asks whether the key would do.
  if (signature === undefined || blob === undefined) return true;
  return userKey.verify(blob, signature, hashAlgo) === true;
}

const isEqual = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

function serveSession(session: Session, { machine, link }: SshdSettings, left: AbortSignal): void {
  let process: Process | null = null;
  session.on('exec', (accept, _reject, { command }) => {
    process = run(machine, command, accept(), { link, left });
  });
  session.on('signal', (accept, _reject, { name }) => {
    if (isSignal(name)) process?.kill(name);
    accept?.();
  });
}

const isSignal = (name: string): name is SignalName => name in SIGNALS;

/** As sshd does: what runs is not ended with its connection, it only finds nobody to talk to. */
function run(
  machine: Machine,
  line: string,
  channel: ServerChannel,
  { link, left }: { readonly link: Link; readonly left: AbortSignal },
): Process {
  const [reads, input] = openPipe();
  const [output, writes] = openPipe();
  const [errors, complains] = openPipe();
  const shell = machine.program('sh');
  if (shell === undefined) throw new Error('a simulated machine has no shell');
  const process = machine.spawn(
    {
      argv: ['sh', '-c', Buffer.from(line, 'utf8').toString('latin1')],
      env: new Map([
        ['HOME', '/root'],
        ['USER', 'root'],
        ['LOGNAME', 'root'],
        ['SHELL', '/bin/sh'],
        ['PATH', '/usr/local/bin:/usr/bin:/bin'],
      ]),
      cwd: '/root',
      fds: new Map([
        [0, reads],
        [1, writes],
        [2, complains],
      ]),
    },
    shell,
  );
  const closed = new AbortController();
  channel.on('close', () => closed.abort());
  const gone = AbortSignal.any([closed.signal, left]);
  channel.on('error', () => {});
  serve(channel, input, link, gone);
  const told = [pour(output, channel, link, gone), pour(errors, channel.stderr, link, gone)];
  void process.ended
    .catch((error: unknown) => {
      // A bug of the simulation must be seen, and not be taken for an answer.
      channel.stderr.write(
        `play: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
      return 70;
    })
    .then(async (code) => {
      await Promise.all(told);
      if (gone.aborted) return;
      channel.exit(code);
      channel.end();
    });
  return process;
}
