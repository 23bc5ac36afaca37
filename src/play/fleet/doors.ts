/** Has an SSH server listen for each simulated server, with keys and a password that are made anew each time. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import { errorCode, errorText } from '../../core/state/home/system-error.ts';
import { makeKey } from '../ssh/make-key.ts';
import type { PlayServer } from '../ssh/server.ts';
import { type SimulatedSshd, startSshd } from '../ssh/simulated-sshd.ts';

export interface Door {
  readonly name: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** As the SSH protocol carries it. */
  readonly hostKey: Buffer;
}

export interface Doors {
  /** In the order of the servers. */
  readonly addresses: readonly Door[];
  /** The private key that root logs in with. */
  readonly keyFile: string;
  readonly password: string;
  /** Ends connections and what runs on the servers. */
  close(): Promise<void>;
}

/** @param where `directory`: gets the key file; `firstPort`: null lets the system choose. Fault: config-invalid. */
export async function openDoors(
  servers: readonly PlayServer[],
  where: { readonly directory: string; readonly firstPort: number | null },
): Promise<Result<Doors>> {
  const user = await makeKey();
  const keyFile = join(where.directory, 'play_key');
  const password = randomBytes(24).toString('base64url');
  const addresses: Door[] = [];
  const sshds: SimulatedSshd[] = [];
  const close = async (): Promise<void> => {
    const closed = sshds.map((sshd) => sshd.close());
    for (const { machine } of servers) machine.killAll();
    await Promise.all(closed);
  };
  try {
    writeFileSync(keyFile, user.secret, { mode: 0o600 });
    for (const [index, { name, machine, link }] of servers.entries()) {
      const hostKey = await makeKey();
      const port = where.firstPort === null ? 0 : where.firstPort + index;
      const about = { machine, link, hostKey: hostKey.secret, userKey: user.secret, password, port };
      const sshd = await startSshd(about);
      sshds.push(sshd);
      addresses.push({ name, port: sshd.port, hostKey: hostKey.shown });
    }
    return ok({ addresses, keyFile, password, close });
  } catch (error) {
    await close();
    if (errorCode(error) === null) throw error;
    return failed(cannotListen((where.firstPort ?? 0) + sshds.length, error));
  }
}

const cannotListen = (port: number, error: unknown) =>
  fault(
    'config-invalid',
    errorCode(error) === 'EADDRINUSE'
      ? `Port ${port} of 127.0.0.1 is taken.`
      : `The simulated servers cannot listen on 127.0.0.1: ${errorText(error)}.`,
    'Name another one with --port, or leave it away: then the system chooses.',
  );
