/**
 * Puts a play together: servers with their past, an SSH server for each, and a state directory that knows them. What
 * works on it afterwards (a scheduler, the screen, commands) is the program as it always is.
 */
import { randomBytes } from 'node:crypto';
import { createHostKeys } from '../../core/hosts/ssh/host-keys.ts';
import { ok, type Result } from '../../core/model/result.ts';
import { passwordSecret } from '../../core/model/server.ts';
import { createConfigStore } from '../../core/state/config/store.ts';
import { type Home, openHome } from '../../core/state/home/home.ts';
import { openVault } from '../../core/state/vault/vault.ts';
import { BlockStore } from '../btrfs/block-store.ts';
import { makeServer } from '../ssh/server.ts';
import type { Stage } from '../story/acts.ts';
import { SERVERS } from '../story/cast.ts';
import { writeHistory } from '../story/history.ts';
import { DAY, makePast } from '../story/past.ts';
import { seeded } from '../story/random.ts';
import { settingsOf } from '../story/settings.ts';
import { STORIES, type Story, type StoryName, tell } from '../story/stories.ts';
import { type Door, openDoors } from './doors.ts';

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
  const servers = [...stage.servers.values()];
  const opening = await openDoors(servers, { directory: settings.directory, firstPort: settings.port });
  if (!opening.ok) return opening;
  const { addresses, keyFile, password, close } = opening.value;
  const { speed } = settings;
  const { withFailingHook } = story;
  const written = createConfigStore(opened.value).change(() =>
    ok(settingsOf({ addresses, keyFile, speed, withFailingHook })),
  );
  const kept = written.ok ? await keepSecrets(opened.value, addresses, password) : written;
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

/** Nobody has these but who can read the state directory. */
async function keepSecrets(home: Home, addresses: readonly Door[], password: string): Promise<Result<void>> {
  const hostKeys = createHostKeys({ own: home.knownHosts, others: [] }, () => Date.now());
  for (const { port, hostKey } of addresses) {
    const trusted = await hostKeys.trust('127.0.0.1', port, hostKey);
    if (!trusted.ok) return trusted;
  }
  const vault = openVault({ home, passphrase: () => null, randomBytes });
  return vault.set(passwordSecret('d'), password);
}
