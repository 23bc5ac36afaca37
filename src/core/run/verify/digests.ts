/** Has files hashed where they are, those of a replica from its disk where that can be had. */
import { verifySudoersLines } from '../../btrfs/ask/commands.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import {
  DIGEST_RIGHTS,
  digestCommand,
  digestInput,
  dropCommand,
  parseDigests,
  parsePiece,
  pieceCommand,
  pieceInput,
} from '../../btrfs/verify/digest-script.ts';
import { MIB, readOutput } from '../../hosts/port/bounded-output.ts';
import type { Fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Unit } from '../../plan/verify/units.ts';
import type { Side } from './side.ts';

export interface ReadUnit {
  /** In the order of its files; null: it could not be read. */
  readonly digests: readonly (string | null)[];
  /** How often an input/output error was told, as far as what was said is kept. */
  readonly diskErrors: number;
}

export interface ReadLimit {
  /** For all of it. */
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** Of one side. */
export interface DigestReader {
  /** `anew`: from the disk also where this reader has just read it. Faults: those of a stream, sudo-missing and the like. */
  read(unit: Unit, limit: ReadLimit, anew?: boolean): Promise<Result<ReadUnit>>;
  /** Something may have been read from memory. */
  maybeFromMemory(): boolean;
}

/** `fromDisk`: what is in memory of each file is dropped before. */
export function digestReader(side: Side, fromDisk: boolean): DigestReader {
  let [canDrop, isFromMemory] = [fromDisk, false];
  const drop = async (unit: Unit, { seconds, signal }: ReadLimit): Promise<void> => {
    const { host, path } = side;
    const input = digestInput(path, pathsOf(unit));
    const options = { input, signal, timeoutSeconds: seconds };
    const said = canDrop ? await host.run(dropCommand(host.facts.sudo), options) : null;
    const code = said?.ok ? said.value.code : null;
    // One that is not there may be why; anything else is the same each time.
    if (code !== 0 && code !== SOME_FAILED) canDrop = false;
    if (code !== 0) isFromMemory = true;
  };
  const reads = new Set<string>();
  return {
    async read(unit, limit, anew = false) {
      const key = unit.piece && pathsOf(unit)[0];
      // Of a large one all was dropped before its first piece.
      if (fromDisk && (anew || !key || !reads.has(key))) await drop(unit, limit);
      if (key) reads.add(key);
      return unit.piece ? readPiece(side, unit, limit) : readWhole(side, unit, limit);
    },
    maybeFromMemory: () => isFromMemory,
  };
}

const pathsOf = ({ files }: Unit): string[] => files.map(({ path }) => path);

/** Of xargs: some of what it ran did not succeed; it was ended by a signal, as of a pipe that is read no further. */
const SOME_FAILED = 123;
const ENDED = 125;

/** Digests and names of one batch. */
const BOUND = { bytes: 16 * MIB, lines: true };

async function readWhole(side: Side, unit: Unit, { seconds, signal }: ReadLimit): Promise<Result<ReadUnit>> {
  const { host, path } = side;
  const paths = pathsOf(unit);
  const limit = { of: 'whole', seconds } as const;
  const stream = await host.stream(digestCommand(host.facts.sudo), { limit, signal });
  if (!stream.ok) return stream;
  const said: string[] = [];
  const about = { server: host.server.name, label: 'sha256sum', bound: BOUND };
  const ending = readOutput(stream.value, about, (chunk) => void said.push(chunk.toString('latin1')));
  stream.value.stdin.end(digestInput(path, paths));
  const ended = await ending;
  if (!ended.ok) return ended;
  const { code } = ended.value;
  const stderr = stream.value.stderr();
  const digests = parseDigests(path, paths, said.join(''));
  const isWhole = code === 0 && digests?.every((one) => one !== null);
  if (digests && (isWhole || code === SOME_FAILED)) return ok({ digests, diskErrors: diskErrorsIn(stderr) });
  return failed(failure(side, code, stderr));
}

async function readPiece(
  side: Side,
  { files: [file], piece }: Unit,
  { seconds, signal }: ReadLimit,
): Promise<Result<ReadUnit>> {
  const { host, path } = side;
  const { sudo } = host.facts;
  if (!file || !piece) return ok({ digests: [], diskErrors: 0 });
  const input = pieceInput(path, file.path, piece, sudo);
  const options = { input, signal, timeoutSeconds: seconds };
  const said = await host.run(pieceCommand(sudo, piece), options);
  if (!said.ok) return said;
  const { stdout, stderr, code } = said.value;
  const told = parsePiece(stdout);
  if (told?.code === SOME_FAILED) return ok({ digests: [null], diskErrors: diskErrorsIn(stderr) });
  const isRead = told?.code === 0 || told?.code === ENDED;
  return told && isRead
    ? ok({ digests: [told.digest], diskErrors: 0 })
    : failed(failure(side, told?.code ?? code, stderr));
}

const diskErrorsIn = (stderr: string): number => stderr.match(/Input\/output error/g)?.length ?? 0;

function failure({ host, path }: Side, code: number | null, stderr: string): Fault {
  const { server, facts } = host;
  const more = facts.sudo.length === 0 ? [] : verifySudoersLines(server.user, DIGEST_RIGHTS);
  const sudoers = [...facts.sudoers, ...more];
  return classify({ command: 'measure', code, stderr, server: server.name, subject: path, sudoers });
}
