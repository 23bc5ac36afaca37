/** Counts beforehand what a send will carry: the stream without its data tells the exact payload. */
import { estimateCommand, type SendArguments } from '../../btrfs/ask/commands.ts';
import { createStreamReader } from '../../btrfs/read/send-stream.ts';
import { MIB, readOutput } from '../../hosts/port/bounded-output.ts';
import type { Host } from '../../hosts/port/host.ts';

/** Millions of small files take long to walk; past this many seconds the size stays unknown. */
const ESTIMATE_SECONDS = 20;
/** As much as a fast link carries in that time. */
const BOUND = { bytes: 4096 * MIB, lines: false };

/**
 * Payload in bytes; null when it could not be counted, or not in time. Never a guess. `send` must be as it will be
 * sent: the two protocols do not carry the same payload (a punched hole is zeros in protocol 1).
 */
export async function estimatePayload(
  source: Host,
  send: SendArguments,
  signal: AbortSignal,
): Promise<number | null> {
  const limit = { of: 'whole', seconds: ESTIMATE_SECONDS } as const;
  const stream = await source.stream(estimateCommand(send), { limit, signal });
  if (!stream.ok) return null;
  const reader = createStreamReader();
  stream.value.stdin.end();
  const about = { server: source.server.name, label: 'btrfs send', bound: BOUND };
  const end = await readOutput(stream.value, about, (chunk) => {
    reader.push(chunk);
    if (reader.isBroken()) stream.value.stop();
  });
  const { payloadBytes, ended, broken } = reader.result();
  return end.ok && end.value.code === 0 && ended && broken === null ? payloadBytes : null;
}
