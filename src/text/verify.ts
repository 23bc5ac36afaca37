/** Decides how people read what comparing replicas came to: how far each was compared, and what differs. */
import { foundFault, type VerifyReport, type VerifyResult } from '../core/model/runs/verify.ts';
import type { ProvenHealth } from '../core/model/status/health.ts';
import { formatTarget } from '../core/model/target.ts';
import { formatBytes, formatName } from './format.ts';

export const verifyLines = ({ results, share }: VerifyReport): string[] =>
  results.length === 0
    ? ['Nothing was compared: none of the disks is there.']
    : results.flatMap((result) => [headline(result, share), ...detailLines(result)]);

function headline(result: VerifyResult, share: number | null): string {
  const where = `${formatName(formatTarget(result))}: ${formatName(result.snapshot ?? 'nothing')}`;
  return `${where}  ${WORDS[result.status](result, share)}`;
}

const WORDS: Readonly<
  Record<VerifyResult['status'], (result: VerifyResult, share: number | null) => string>
> = {
  same: (result, share) => `${result.level ?? 'identity'} verified${comparedText(result, share)}`,
  attributes: (result, share) =>
    `${result.level ?? 'identity'} verified, ATTRIBUTES DIFFER${comparedText(result, share)}`,
  different: (result, share) => `DIFFERENT${comparedText(result, share)}`,
  unfinished: (result, share) =>
    `NOT FINISHED, ${result.level ?? 'nothing'} verified${comparedText(result, share)}`,
  unchecked: () => 'COULD NOT BE CHECKED',
};

function comparedText({ compared }: VerifyResult, share: number | null): string {
  const { entries, files, bytes, filesOf } = compared;
  const byContent = `${files} of ${filesOf} files (${formatBytes(bytes)}) by content${share === null ? '' : `, a share of 1/${share}`}`;
  const parts = [
    ...(entries > 0 ? [`${entries} files and directories by metadata`] : []),
    ...(filesOf > 0 ? [byContent] : []),
  ];
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

const NEW_UNKNOWN =
  'Which files are new there since the last comparison by content is not known: of the share alone something is known.';

const FROM_MEMORY =
  'The files of the replica may have been read from memory and not from its disk: that takes dd of GNU coreutils there, and the right to run it.';

function detailLines(result: VerifyResult): string[] {
  const { differences, differenceCount, fault } = result;
  const more = differenceCount - differences.length;
  const why = [foundFault(result), fault].filter((one) => one !== null);
  return [
    ...differences.map(({ path, what }) => `  ${formatName(path === '' ? '.' : path)}: ${what.join(', ')}`),
    ...(more > 0 ? [`  … and ${more} more`] : []),
    ...(result.newCompared === false ? [`  ${NEW_UNKNOWN}`] : []),
    ...(result.maybeFromMemory ? [`  ${FROM_MEMORY}`] : []),
    ...why.flatMap(({ message, hint }) => [
      `  ${formatName(message)}`,
      ...(hint === '' ? [] : hint.split('\n').map((line) => `  ${formatName(line)}`)),
    ]),
  ];
}

/** `content 1/30, attributes of 12 differ`. */
export const provenText = (one: ProvenHealth): string =>
  `${levelText(one)}${one.attributes === 0 ? '' : `, attributes of ${one.attributes} differ`}`;

/** `content 1/30`: how far something was compared. */
export const levelText = ({ level, share }: Pick<ProvenHealth, 'level' | 'share'>): string =>
  `${level}${share === null ? '' : ` 1/${share}`}`;
