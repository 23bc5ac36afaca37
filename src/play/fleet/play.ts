/**
 * Puts a play together: servers with their past, an SSH server for each, and a state directory that knows them. What
 * works on it afterwards (a scheduler, the screen, commands) is the program as it always is.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHostKeys } from '../../core/hosts/host-keys.ts';
import { fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import { passwordSecret } from '../../core/model/server.ts';
import { createConfigStore } from '../../core/state/config-store.ts';
import { type Home, openHome } from '../../core/state/home.ts';
import { errorCode, errorText } from '../../core/state/system-error.ts';
import { openVault } from '../../core/state/vault.ts';
import { BlockStore } from '../btrfs/block-store.ts';
import { makeKey } from '../ssh/make-key.ts';
import { type SimulatedSshd, startSshd } from '../ssh/simulated-sshd.ts';
import type { Stage } from '../story/acts.ts';
import { SERVERS } from '../story/cast.ts';
import { writeHistory } from '../story/history.ts';
import { DAY, makePast } from '../story/past.ts';
import { seeded } from '../story/random.ts';
import { settingsOf } from '../story/settings.ts';
import { STORIES, type Story, type StoryName, tell } from '../story/stories.ts';
import { makeServer } from './play-server.ts';

export interface PlaySettings {
  readonly directory: string;
  readonly story: StoryName;
  /** The same seed tells the same story. */
  readonly seed: number;
  /** 1: as it is told; more: faster. */
  readonly speed: number;
  /** The first of four; null: the system chooses. */
  readonly port: number | null;
}

export interface Play {
  /** Ends the story and the servers. */
  end(): Promise<void>;
}

/** Faults: config-invalid (a port is taken, the state directory cannot be written). */
export async function startPlay(settings: PlaySettings): Promise<Result<Play>> {
  const opened = openHome({ home: settings.directory });
  if (!opened.ok) return opened;
  const story: Story = STORIES[settings.story];
  const stage = setTheStage(settings.seed);
  for (const act of story.prologue) act(stage);
  const { listening, keyFile, password } = await openDoors(stage, opened.value, settings.port);
  if (!listening.ok) return listening;
  const sshds = listening.value;
  const close = async (): Promise<void> => {
    for (const { machine, link } of stage.servers.values()) {
      // Whoever connects at this moment is not let in any more.
      link.isDown = true;
      machine.killAll();
    }
    await Promise.all(sshds.map(({ sshd }) => sshd.close()));
  };
  const addresses = sshds.map(({ name, sshd }) => ({ name, port: sshd.port }));
  const { speed } = settings;
  const { withFailingHook } = story;
  const written = createConfigStore(opened.value).change(() =>
    ok(settingsOf({ addresses, keyFile, speed, withFailingHook })),
  );
  const vault = openVault({ home: opened.value, passphrase: () => null, randomBytes });
  const kept = written.ok ? vault.set(passwordSecret('d'), password) : written;
  if (!kept.ok) {
    await close();
    return kept;
  }
  writeHistory(opened.value, stage.past, stage.servers, stage.now());
  const stop = tell(story, speed, (act) => act(stage));
  let ended: Promise<void> | null = null;
  const end = (): Promise<void> => {
    stop();
    ended ??= close();
    return ended;
  };
  return ok({ end });
}

function setTheStage(seed: number): Stage {
  const random = seeded(seed);
  const store = new BlockStore();
  const now = (): number => Date.now();
  const madeAt = now() - 30 * DAY;
  const servers = new Map(
    SERVERS.map((plan) => [plan.name as string, makeServer(plan, { store, random, now, madeAt })]),
  );
  return { servers, random, now, past: makePast({ servers, random }, now()) };
}

interface Listening {
  readonly name: string;
  readonly sshd: SimulatedSshd;
}

interface Doors {
  readonly listening: Result<readonly Listening[]>;
  readonly keyFile: string;
  readonly password: string;
}

/** Nobody has these keys and this password but who can read the state directory. */
async function openDoors({ servers }: Stage, home: Home, firstPort: number | null): Promise<Doors> {
  const user = await makeKey();
  const keyFile = join(home.directory, 'play_key');
  const password = randomBytes(24).toString('base64url');
  writeFileSync(keyFile, user.secret, { mode: 0o600 });
  const hostKeys = createHostKeys({ own: home.knownHosts, others: [] }, () => Date.now());
  const sshds: Listening[] = [];
  for (const [index, { name, machine, link }] of [...servers.values()].entries()) {
    const hostKey = await makeKey();
    const port = firstPort === null ? 0 : firstPort + index;
    try {
      const about = { machine, link, hostKey: hostKey.secret, userKey: user.secret, password, port };
      const sshd = await startSshd(about);
      sshds.push({ name, sshd });
      const trusted = await hostKeys.trust('127.0.0.1', sshd.port, hostKey.shown);
      if (!trusted.ok) throw new Error(trusted.fault.message);
    } catch (error) {
      await Promise.all(sshds.map(({ sshd }) => sshd.close()));
      if (errorCode(error) === null) throw error;
      return { listening: failed(cannotListen(port, error)), keyFile, password };
    }
  }
  return { listening: ok(sshds), keyFile, password };
}

const cannotListen = (port: number, error: unknown) =>
  fault(
    'config-invalid',
    errorCode(error) === 'EADDRINUSE'
      ? `Port ${port} of 127.0.0.1 is taken.`
      : `No simulated server can listen on port ${port} of 127.0.0.1: ${errorText(error)}.`,
    'Name another one with --port, or leave it away: then the system chooses.',
  );
