/** Asks the machine that the files of a seed lie on, and says what its answers mean. */
import { seedFileCommand } from '../../btrfs/ask/seed-write.ts';
import {
  parseSeedLook,
  parseSeedWord,
  type SeedKeys,
  type SeedLook,
  type SeedWord,
  seedLookCommand,
} from '../../btrfs/looks/seed.ts';
import { eachLine, MIB, readOutput } from '../../hosts/port/bounded-output.ts';
import type { Host } from '../../hosts/port/host.ts';
import type { Command } from '../../model/command.ts';
import type { Fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { SeedCoding, SeedManifest, SeedPlace } from '../../model/runs/seed.ts';
import { badIdentity, badRecipient, toolMissing } from '../../plan/seed/faults.ts';
import { readManifest } from '../../state/seed/manifest.ts';
import { endFault } from '../ground/seed-place.ts';

/** Without a word for so long it is given up, in seconds: a disk that was asleep wakes up in less. */
const SILENCE = 900;

export interface Looked extends SeedLook {
  /** `none`: what is there is no manifest of ours. */
  readonly known: SeedManifest | 'none' | 'newer' | null;
}

/** Faults: no-such-file; tool-missing and usage, when what packs or encrypts is not there or takes no such key. */
export async function lookAtPlace(
  host: Host,
  place: SeedPlace,
  tools: SeedCoding & SeedKeys,
  { signal, make = false }: { readonly signal: AbortSignal; readonly make?: boolean },
): Promise<Result<Looked>> {
  // Thousands of parts on a slow disk take their time.
  const limits = { signal, timeoutSeconds: SILENCE };
  const said = await host.run(seedLookCommand(place.directory, tools, make), limits);
  if (!said.ok) return said;
  if (said.value.code !== 0) return failed(endFault(place, said.value.code, said.value.stderr));
  const look = parseSeedLook(said.value.stdout);
  const [lacks] = look.lacks;
  if (lacks !== undefined) return failed(toolMissing(place, lacks));
  if (look.bad.includes('recipient')) return failed(badRecipient(place));
  if (look.bad.includes('identity')) return failed(badIdentity(place, ''));
  return ok({ ...look, known: look.manifest === null ? null : readManifest(look.manifest) });
}

/** Runs a command that tells how far it is; every word it says is handed on. Returns what it ended with. */
export async function follow(
  host: Host,
  command: Command,
  signal: AbortSignal,
  onWord: (word: SeedWord) => void,
  seconds = SILENCE,
): Promise<Result<{ readonly code: number | null; readonly stderr: string }>> {
  const limit = { of: 'silence', seconds } as const;
  const stream = await host.stream(command, { limit, signal });
  if (!stream.ok) return stream;
  stream.value.stdin.end();
  const about = {
    server: host.server.name,
    label: 'the script of a seed',
    bound: { bytes: 64 * MIB, lines: false },
  };
  const take = eachLine((line) => {
    const word = parseSeedWord(line);
    if (word) onWord(word);
  });
  const end = await readOutput(stream.value, about, take);
  return end.ok ? ok({ code: end.value.code, stderr: stream.value.stderr() }) : end;
}

/** Null: it is on the disk. `was`: the manifest that lies there, or nothing is written. */
export async function writeFile(
  host: Host,
  place: SeedPlace,
  { name, text, was }: { readonly name: string; readonly text: string; readonly was: string },
  signal: AbortSignal,
): Promise<Fault | null> {
  const command = seedFileCommand(place.directory, name, Buffer.byteLength(text), was);
  // A sync of a slow disk takes its time.
  const done = await host.run(command, { input: text, signal, timeoutSeconds: SILENCE });
  if (!done.ok) return done.fault;
  return done.value.code === 0 ? null : endFault(place, done.value.code, done.value.stderr);
}
