/** Brings the stream of a send to the script that writes its parts: through this process, or all on one server. */
import { sendCommand } from '../../btrfs/ask/commands.ts';
import { SEED_ENDS, seedEndIn } from '../../btrfs/ask/seed-shell.ts';
import type { SeedWriting } from '../../btrfs/ask/seed-write.ts';
import type { SeedWord } from '../../btrfs/looks/seed.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import { MIB } from '../../hosts/port/bounded-output.ts';
import type { Host } from '../../hosts/port/host.ts';
import type { Command } from '../../model/command.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { SendStep } from '../../model/runs/replication.ts';
import type { SeedPlace } from '../../model/runs/seed.ts';
import type { DriverContext } from '../ground/driver.ts';
import { endFault } from '../ground/seed-place.ts';
import type { Lane } from '../replication/paths/data-path.ts';
import { relay } from '../replication/paths/relay.ts';
import { sendOf } from '../replication/send-of.ts';
import { follow } from './ask-place.ts';

export interface StreamWriting {
  readonly place: SeedPlace;
  /** Where the parts go. */
  readonly host: Host;
  readonly source: Host;
  readonly step: SendStep;
  /** The script, with a send of its own or none. */
  readonly write: (send: SeedWriting['send']) => Command;
}

/** Null: all of it is written. `onProgress`: bytes of the stream, and of file contents among them. */
export async function writeStream(
  writing: StreamWriting,
  context: DriverContext,
  onProgress: (bytes: number, payloadBytes: number) => void,
): Promise<Fault | null> {
  const why =
    writing.place.server === writing.source.server.name
      ? await writeThere(writing, context, onProgress)
      : await writeHere(writing, context, onProgress);
  return context.signal.aborted && why ? cancelled : why;
}

async function writeThere(
  { place, host, step, write }: StreamWriting,
  { fleet, signal }: DriverContext,
  onProgress: (bytes: number, payloadBytes: number) => void,
): Promise<Fault | null> {
  const { sudo, sudoers } = host.facts;
  let bytes = 0;
  const command = write({ command: sendCommand(sendOf(step, false)), sudo });
  const onWord = (word: SeedWord): void => {
    if (word.kind !== 'at') return;
    bytes += word.mebibytes * MIB;
    onProgress(bytes, bytes);
  };
  const end = await follow(host, command, signal, onWord, stallSecondsOf(fleet));
  if (!end.ok) return end.fault;
  const { code, stderr } = end.value;
  if (code === 0) return null;
  // Nothing but the send can have failed here, where nothing packs or encrypts; else its words tell.
  return code === SEED_ENDS.notWhole
    ? classify({
        command: 'send',
        code,
        stderr,
        server: host.server.name,
        subject: step.snapshot.path,
        sudoers,
      })
    : endFault(place, code, stderr);
}

async function writeHere(
  { place, host, source, step, write }: StreamWriting,
  { fleet, signal }: DriverContext,
  onProgress: (bytes: number, payloadBytes: number) => void,
): Promise<Fault | null> {
  const lane: Lane = {
    ...{ host, receive: write(null), path: place.directory, spool: null },
    lost: new AbortController().signal,
    failure: (code, stderr) => {
      const ended = code ?? seedEndIn(stderr);
      return ended === null ? null : endFault(place, ended, stderr);
    },
  };
  const ends = relay({
    ...{ source, send: sendCommand(sendOf(step, false)), path: step.snapshot.path, lanes: [lane] },
    ...{ rateBytesPerSecond: null, signal },
    stallSeconds: stallSecondsOf(fleet) + READ_BACK_SECONDS,
    onProgress: (_, bytes, payloadBytes) => onProgress(bytes, payloadBytes),
  });
  const end = await ends.get(lane);
  if (!end) throw new Error(`the relay forgot ${lane.path}`);
  if (end.kind === 'received') return null;
  return end.kind === 'failed' ? end.fault : stalled(place);
}

/** While a part is brought to the disk and read back, nothing is taken: 8 GiB at 10 MB a second, both ways. */
const READ_BACK_SECONDS = 1800;

/** Where the configuration became unreadable meanwhile. */
const STALL_SECONDS = 900;

function stallSecondsOf({ config }: DriverContext['fleet']): number {
  const read = config.read();
  return read.ok ? read.value.config.preferences.stallSeconds : STALL_SECONDS;
}

const cancelled = fault(
  'cancelled',
  'The export was cancelled. Parts that are whole stay.',
  'The same command goes on with them; delete the directory if you do not want it.',
);

const stalled = ({ directory, server }: SeedPlace): Fault =>
  fault('stalled', `${directory} takes nothing any more.`, 'Look at that disk, then run it again.', {
    server,
  });
