/** Decides how the health of one subvolume, or one snapshot of it, reads in full: verdict, reasons, every server. */
import type { Health, ProvenHealth, ReplicaHealth, ReplicaStatus } from '../../core/model/status/health.ts';
import { span } from '../../text/age.ts';
import { formatBytes, formatName, formatSeconds } from '../../text/format.ts';
import { provenText } from '../../text/verify.ts';
import { findingWords } from '../../text/words/finding.ts';
import { levelCell } from '../shared/level-cells.ts';

export const STATUS_WORDS: Readonly<Record<ReplicaStatus, string>> = {
  complete: '✓ complete',
  missing: '✗ missing',
  partial: '▲ partial',
  modified: '▲ modified',
  absent: '○ disk not mounted',
  'could-not-check': '○ could not check',
};

export function healthLines(health: Health): string[] {
  const { subvolume, snapshot, overall, reasons, primary, replicas } = health;
  return [
    `${levelCell(overall, true).text}   ${formatName(subvolume)}   ${formatName(snapshot ?? 'no snapshot')}`,
    '',
    ...reasons
      .map(findingWords)
      .flatMap(({ message, hint }) => [
        `  ${formatName(message)}`,
        ...(hint === '' ? [] : [`      ${formatName(hint)}`]),
      ]),
    ...(reasons.length === 0 ? ['  Everything that is expected was checked and is there.'] : []),
    '',
    `${primary.server} (primary)   ${STATUS_WORDS[primary.status]}`,
    ...factLines({ ...primary, lines: [] }),
    ...replicas.flatMap(replicaLines),
  ];
}

function replicaLines(replica: ReplicaHealth): string[] {
  const { server, mount, status, isExpected, tasks, lagSeconds, wouldLoseSeconds, restorePoint, rpo, fault } =
    replica;
  const where = mount === null ? server : `${server}:${mount}`;
  const why = whyThere(tasks, isExpected);
  return [
    '',
    `${formatName(where)}   ${STATUS_WORDS[status]}   ${why}`,
    ...factLines({
      ...replica,
      lines: [
        ['restore point', restorePoint ?? 'none'],
        ['lag', lagSeconds === null ? 'not known' : formatSeconds(lagSeconds)],
        [
          'would lose',
          `${wouldLoseSeconds === null ? 'not known' : formatSeconds(wouldLoseSeconds)}${RPO_WORDS[rpo]}`,
        ],
        ...provenLines(replica),
      ],
    }),
    ...(fault ? [`  ${formatName(fault.message)}`] : []),
  ];
}

/** How far it was compared with its source, and when; of what is not there nothing can be said. */
function provenLines({ proven, uuid }: ReplicaHealth): (readonly [string, string])[] {
  if (proven.length === 0) return uuid === null ? [] : [['proven', 'never compared']];
  return proven.map((one, index) => [index === 0 ? 'proven' : '', `${howFar(one)}, ${one.at}`]);
}

const howFar = (one: ProvenHealth): string =>
  `${provenText(one)}${one.ageSeconds === null ? '' : `, ${span(one.ageSeconds)} ago`}`;

function whyThere(tasks: readonly string[], isExpected: boolean): string {
  if (tasks.length > 0) return `by ${tasks.join(', ')}`;
  return isExpected ? 'expected' : 'not expected by a task';
}

const RPO_WORDS = {
  none: '',
  kept: ' (RPO kept)',
  breached: ' (RPO BREACHED)',
  unknown: ' (RPO cannot be checked)',
} as const;

interface Facts {
  readonly uuid: string | null;
  readonly receivedUuid: string | null;
  readonly createdAt: string | null;
  readonly ageSeconds: number | null;
  readonly referencedBytes: number | null;
  readonly exclusiveBytes: number | null;
  readonly seenAt: string | null;
  readonly lines: readonly (readonly [label: string, text: string])[];
}

const factLines = (facts: Facts): string[] =>
  [
    ['uuid', facts.uuid ?? '-'],
    ['received uuid', facts.receivedUuid ?? '-'],
    [
      'created',
      facts.createdAt === null ? '-' : `${facts.createdAt}, ${formatSeconds(facts.ageSeconds ?? 0)} old`,
    ],
    ...facts.lines,
    [
      'size',
      `${formatBytes(facts.referencedBytes)} referenced, ${formatBytes(facts.exclusiveBytes)} exclusive`,
    ],
    ['seen', facts.seenAt ?? 'never'],
  ].map(([label = '', text = '']) => `  ${label.padEnd(14)} ${text}`);
