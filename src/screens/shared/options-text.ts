/** How the bytes of a replication travel, in words. */
import type { TransferOptions } from '../../core/model/runs/replication.ts';
import { formatBytes } from '../../text/format.ts';

export const optionsText = ({
  path,
  rateBytesPerSecond: rate,
  compress,
  resumable,
}: TransferOptions): string =>
  [
    `path ${path}`,
    rate === null ? 'no limit' : `at most ${formatBytes(rate)}/s`,
    ...(compress ? ['compressed'] : []),
    ...(resumable ? ['resumable'] : []),
  ].join(', ');
