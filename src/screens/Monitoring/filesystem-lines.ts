/** Decides how one filesystem reads in full: a proportional bar with its legend and numbers, devices, scrub, trend. */
import { span, wrapped } from '../../components/line-width.ts';
import type { Line, Theme, Tone } from '../../components/theme.ts';
import { type Allocation, errorCounts, usedBy } from '../../core/model/storage.ts';
import type { FilesystemState } from '../../store/page-state.ts';
import { coarseAge } from '../../text/age.ts';
import { formatBytes, formatName, formatSeconds } from '../../text/format.ts';
import { wrap } from '../../text/width.ts';
import { warningSign } from '../shared/level-cells.ts';

interface Part {
  readonly label: string;
  readonly bytes: number;
  /** Unicode and ASCII: the parts must be told apart without colours. */
  readonly glyphs: readonly [string, string];
  readonly tone: Tone;
}

/** `now` in milliseconds. */
export function filesystemLines(one: FilesystemState, width: number, now: number, theme: Theme): Line[] {
  const { server, filesystem } = one;
  const parts = partsOf(one);
  const size = filesystem.space.sizeBytes;
  return [
    [span(`${server} `, 'bold'), span(formatName(filesystem.mount)), span(`  ${formatBytes(size)}`, 'dim')],
    proportionalBar(parts, Math.max(10, width - 2), theme),
    ...parts.map(
      ({ label, bytes, glyphs, tone }): Line => [
        span(`${glyphs[theme.unicode ? 0 : 1]} `, tone),
        span(label.padEnd(12)),
        span(formatBytes(bytes).padStart(10)),
        span(size === null || size === 0 ? '' : `  ${((bytes / size) * 100).toFixed(1)} %`, 'dim'),
      ],
    ),
    ...factLines(one, width, now),
  ];
}

/** Where nobody looked closer, only used and free are told apart. */
function partsOf(one: FilesystemState): Part[] {
  const { freeBytes, usedBytes } = one.filesystem.space;
  const of = (kind: Allocation['kind']) => usedBy(one.storage, kind);
  const [data, metadata, system] = [of('data'), of('metadata'), of('system')];
  const used: Part[] =
    data === null || metadata === null || system === null
      ? [{ label: 'used', bytes: usedBytes ?? 0, glyphs: ['█', '#'], tone: 'accent' }]
      : [
          { label: 'data', bytes: data, glyphs: ['█', '#'], tone: 'accent' },
          { label: 'metadata', bytes: metadata, glyphs: ['▓', '%'], tone: 'warn' },
          { label: 'system', bytes: system, glyphs: ['▒', '+'], tone: 'bold' },
        ];
  const free: Part = { label: 'free', bytes: freeBytes ?? 0, glyphs: ['░', '.'], tone: 'dim' };
  return [...used, ...heldBack([...used, free], one.filesystem.space.sizeBytes), free];
}

/** Below that share of the size it is not worth a line. */
const SLIGHT = 0.005;

/** What is neither used nor free: copies of metadata, and room that is allocated and kept for it. */
function heldBack(parts: readonly Part[], size: number | null): Part[] {
  const bytes = (size ?? 0) - parts.reduce((sum, part) => sum + part.bytes, 0);
  if (size === null || bytes < size * SLIGHT) return [];
  return [{ label: 'held back', bytes, glyphs: ['▪', '='], tone: 'plain' }];
}

/** Every part that is there at all has a cell; the largest gives way for it. */
export function proportionalBar(parts: readonly Part[], width: number, theme: Theme): Line {
  const sum = parts.reduce((total, { bytes }) => total + bytes, 0);
  if (sum === 0) return [span('not known', 'dim')];
  const cells = parts.map(({ bytes }) => (bytes === 0 ? 0 : Math.max(1, Math.round((bytes / sum) * width))));
  const over = cells.reduce((total, count) => total + count, 0) - width;
  const largest = cells.indexOf(Math.max(...cells));
  cells[largest] = Math.max(1, (cells[largest] ?? 0) - over);
  return parts.map(({ glyphs, tone }, index) =>
    span(glyphs[theme.unicode ? 0 : 1].repeat(cells[index] ?? 0), tone),
  );
}

function factLines(one: FilesystemState, width: number, now: number): Line[] {
  const facts: (readonly [string, string])[] = [
    ['unallocated', unallocatedText(one)],
    ['growth', growthText(one)],
    ['devices', devicesText(one)],
    ['scrub', scrubText(one, now)],
    ['seen', `${coarseAge(one.seenAt, now)} ago`],
  ];
  return [
    ...facts.flatMap(([label, text]) =>
      wrap(text, Math.max(16, width - 14)).map(
        (line, row): Line => [span(row === 0 ? `  ${label.padEnd(12)}` : ' '.repeat(14), 'dim'), span(line)],
      ),
    ),
    ...one.warnings.flatMap(({ level, message, hint }) => {
      const { sign, tone } = warningSign(level);
      return [
        ...wrapped(`${sign} ${formatName(message)}`, width - 2, tone),
        ...wrapped(`  ${formatName(hint)}`, width - 2, 'dim'),
      ];
    }),
  ];
}

const NOT_LOOKED = 'not looked at yet: m looks';

function unallocatedText({ storage }: FilesystemState): string {
  if (storage === null) return NOT_LOOKED;
  return storage.usage.ok
    ? formatBytes(storage.usage.value.unallocatedBytes)
    : `could not check: ${storage.usage.fault.message}`;
}

function growthText({ trend }: FilesystemState): string {
  if (trend === null) return 'not known yet: it takes a day of samples';
  const way = trend.bytesPerDay < 0 ? 'shrinks' : 'grows';
  const full =
    trend.fullInDays === null ? '' : `, full in about ${Math.max(1, Math.round(trend.fullInDays))} d`;
  return `${way} by ${formatBytes(Math.abs(Math.round(trend.bytesPerDay)))} a day${full}`;
}

function devicesText({ storage }: FilesystemState): string {
  if (storage === null) return NOT_LOOKED;
  if (!storage.devices.ok) return `could not check: ${storage.devices.fault.message}`;
  const ill = storage.devices.value.filter((one) => errorCounts(one).some(([, count]) => count > 0));
  const count = storage.devices.value.length;
  return ill.length === 0
    ? `${count}, no errors`
    : `${count}, errors on ${ill.map(({ device }) => formatName(device)).join(', ')}`;
}

function scrubText({ storage }: FilesystemState, now: number): string {
  if (storage === null) return NOT_LOOKED;
  if (!storage.scrub.ok) return `could not check: ${storage.scrub.fault.message}`;
  const { status, startedAt, durationSeconds, errors, uncorrectableErrors } = storage.scrub.value;
  if (status === 'never') return 'never';
  const when = startedAt === null ? '' : ` ${coarseAge(startedAt, now)} ago`;
  const took = durationSeconds === null ? '' : `, took ${formatSeconds(durationSeconds)}`;
  const found =
    errors + uncorrectableErrors === 0
      ? 'no errors'
      : `${errors} errors, ${uncorrectableErrors} of them not mended`;
  return `${status}${when}${took}, ${found}`;
}
