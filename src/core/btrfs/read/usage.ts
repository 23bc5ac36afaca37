/** Decides what `btrfs filesystem usage -b` says of the room on a filesystem. */
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import type { Allocation, Usage } from '../../model/storage.ts';
import { escaped } from '../messages/escaped.ts';

/** Lines that are not known are passed over, lines that are missing are a fault: `listing-failed`. */
export function parseUsage(lines: readonly string[]): Result<Usage> {
  const overall = new Map(lines.flatMap((line) => overallOf(line) ?? []));
  const allocations = lines.flatMap((line) => allocationOf(line) ?? []);
  const missing = NEEDED.find((label) => bytesOf(overall.get(label)) === null);
  if (missing !== undefined) return failed(odd(missing, lines));
  if (!allocations.some(({ kind }) => kind === 'data' || kind === 'metadata'))
    return failed(odd('Data', lines));
  const bytes = (label: string): number => bytesOf(overall.get(label)) ?? 0;
  const free = overall.get('Free (estimated)') ?? '';
  const reserve = overall.get('Global reserve') ?? '';
  return ok({
    deviceSizeBytes: bytes('Device size'),
    allocatedBytes: bytes('Device allocated'),
    unallocatedBytes: bytes('Device unallocated'),
    missingBytes: bytes('Device missing'),
    usedBytes: bytes('Used'),
    freeEstimatedBytes: bytes('Free (estimated)'),
    freeMinBytes: bytesOf(/\(min:\s*(\d+)\)/.exec(free)?.[1]),
    dataRatio: ratio(overall.get('Data ratio')),
    metadataRatio: ratio(overall.get('Metadata ratio')),
    globalReserveBytes: bytesOf(reserve) ?? 0,
    globalReserveUsedBytes: bytesOf(/\(used:\s*(\d+)\)/.exec(reserve)?.[1]) ?? 0,
    allocations,
  });
}

const NEEDED = ['Device size', 'Device allocated', 'Device unallocated', 'Used', 'Free (estimated)'] as const;

function overallOf(line: string): [label: string, value: string][] | null {
  const [, label, value] = /^\s+([A-Z][^:]*):\s(.*)$/.exec(line) ?? [];
  return label === undefined || value === undefined ? null : [[label, value.trimStart()]];
}

const KINDS = { Data: 'data', Metadata: 'metadata', System: 'system' } as const;

/** `Data,single: Size:41943040, Used:20971520 (50.00%)`; with mixed block groups `Data+Metadata,single: …`. */
function allocationOf(line: string): Allocation | null {
  const [, kind = '', profile, size, used] =
    /^(Data|Metadata|System|Data\+Metadata),([\w|]+): Size:(\d+), Used:(\d+)/.exec(line) ?? [];
  if (profile === undefined || size === undefined || used === undefined) return null;
  const known = kind === 'Data+Metadata' ? 'Data' : kind;
  if (known !== 'Data' && known !== 'Metadata' && known !== 'System') return null;
  return { kind: KINDS[known], profile, sizeBytes: Number(size), usedBytes: Number(used) };
}

function bytesOf(text: string | undefined): number | null {
  const [digits] = /^\d+/.exec(text ?? '') ?? [];
  return digits === undefined ? null : Number(digits);
}

const ratio = (text: string | undefined): number => {
  const value = Number.parseFloat(text ?? '');
  return Number.isFinite(value) && value > 0 ? value : 1;
};

const odd = (label: string, lines: readonly string[]) =>
  fault(
    'listing-failed',
    `"btrfs filesystem usage -b" printed no "${label}": ${escaped(lines.slice(0, 3).join(' / ').slice(0, 200))}`,
    'Another version of btrfs-progs may write it differently; please report it with "btrfs --version".',
  );
