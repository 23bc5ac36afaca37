/** What `btrfleet health` does: asks core how everything is off, and tells it, for people and for monitoring. */
import type { Finding } from '../../core/model/status/finding.ts';
import type { FleetHealth, Health, ProvenHealth, ReplicaHealth } from '../../core/model/status/health.ts';
import { formatTarget } from '../../core/model/target.ts';
import { fleetHealth, healthOf } from '../../core/run/status/health.ts';
import { type ExitCode, indented } from '../../process/output.ts';
import { span, spanCell } from '../../text/age.ts';
import { formatBytes, formatName } from '../../text/format.ts';
import { formatTable } from '../../text/table.ts';
import { provenText } from '../../text/verify.ts';
import { findingWords } from '../../text/words/finding.ts';
import { type ActionContext, tell } from '../frame/action.ts';
import { fleetHealthRow, healthRow } from './rows.ts';

export interface HealthOptions {
  readonly known?: boolean;
}

export async function health(
  { fleet, out, signal }: ActionContext,
  subvolume: string | undefined,
  snapshot: string | undefined,
  { known = false }: HealthOptions,
): Promise<ExitCode> {
  const options = { fresh: !known, signal };
  // A restore whose process died is told, though nothing has begun here since.
  fleet.journal.interruptDeadRuns(fleet.isAlive);
  if (subvolume !== undefined) {
    return tell(out, await healthOf(fleet, { subvolume, snapshot: snapshot ?? null }, options), (one) => {
      out.result(healthRow(one), healthText(one));
      return one.overall === 'ok' ? 0 : 1;
    });
  }
  return tell(out, await fleetHealth(fleet, options), (all) => {
    out.result(fleetHealthRow(all), fleetText(all));
    return all.overall === 'ok' ? 0 : 1;
  });
}

/** Its first line says it all: that is what monitoring shows. */
export function healthText(one: Health): string {
  return [headline(one), replicaTable(one), ...one.reasons.map(reasonText)].join('\n');
}

function headline({ overall, subvolume, snapshot, primary }: Health): string {
  const age = primary.ageSeconds === null ? '' : `, ${span(primary.ageSeconds)} old`;
  const about = snapshot === null ? 'no snapshot' : `${snapshot}${age}`;
  return `${overall.toUpperCase()} ${formatName(subvolume)}: ${about}`;
}

const COLUMNS = [
  { title: 'WHERE' },
  { title: 'STATUS' },
  { title: 'RESTORE POINT' },
  { title: 'BEHIND', align: 'right' },
  { title: 'WOULD LOSE', align: 'right' },
  { title: 'RPO' },
  { title: 'SIZE', align: 'right' },
] as const;

/** Only where somebody compares. */
const PROVEN = { title: 'PROVEN' } as const;

function replicaTable({ primary, replicas }: Health): string {
  const isCompared = replicas.some(({ proven }) => proven.length > 0);
  const more = (text: string): string[] => (isCompared ? [text] : []);
  return formatTable(isCompared ? [...COLUMNS, PROVEN] : COLUMNS, [
    [primary.server, primary.status, '-', '-', '-', '-', formatBytes(primary.referencedBytes), ...more('-')],
    ...replicas.map((one) => [
      formatName(formatTarget(one)),
      one.isExpected ? one.status : `(${one.status})`,
      one.restorePoint ?? '-',
      spanCell(one.lagSeconds),
      spanCell(one.wouldLoseSeconds),
      RPO[one.rpo],
      formatBytes(one.referencedBytes),
      ...more([...one.proven.map((proven) => provenCell(proven, one)), ...scrubCell(one)].join(', ') || '-'),
    ]),
  ]);
}

const scrubCell = ({ scrubAgeSeconds }: ReplicaHealth): string[] =>
  scrubAgeSeconds === null ? [] : [`scrub ${span(scrubAgeSeconds)} ago`];

/** `content 1/30 3 d ago`; of which snapshot, where it was not the one that is shown. */
function provenCell(proven: ProvenHealth, { createdAt }: ReplicaHealth): string {
  const { ageSeconds, snapshot } = proven;
  const of = createdAt === null || snapshot === createdAt ? '' : ` (${formatName(snapshot)})`;
  return `${provenText(proven)} ${ageSeconds === null ? '?' : span(ageSeconds)} ago${of}`;
}

const RPO: Readonly<Record<ReplicaHealth['rpo'], string>> = {
  none: '-',
  kept: 'kept',
  breached: 'BREACHED',
  unknown: 'unknown',
};

function reasonText(reason: Finding): string {
  const { message, hint } = findingWords(reason);
  return indented(`${reason.level}: ${message}${hint === '' ? '' : `\n${hint}`}`, '  ');
}

/** A line a subvolume, then what is wrong with each. */
export function fleetText({ overall, reasons, subvolumes }: FleetHealth): string {
  const [first] = reasons;
  if (subvolumes.length === 0 && first) {
    return [`${overall.toUpperCase()}: ${findingWords(first).message}`, ...reasons.map(reasonText)].join(
      '\n',
    );
  }
  const table = formatTable(
    [{ title: 'SUBVOLUME' }, { title: 'HEALTH' }, { title: 'NEWEST' }, { title: 'REPLICAS', align: 'right' }],
    subvolumes.map((one) => [
      formatName(one.subvolume),
      one.overall,
      one.primary.ageSeconds === null ? '-' : `${span(one.primary.ageSeconds)} ago`,
      `${one.replicas.filter(({ status }) => status === 'complete').length} of ${one.replicas.length}`,
    ]),
  );
  const wrong = subvolumes.flatMap((one) =>
    one.reasons
      .filter(({ level }) => level !== 'note')
      .map((reason) => `${formatName(one.subvolume)}: ${reasonText(reason)}`),
  );
  const bad = subvolumes.filter((one) => one.overall !== 'ok').length;
  return [
    `${overall.toUpperCase()}: ${subvolumes.length - bad} of ${subvolumes.length} subvolumes are ok`,
    table,
    ...reasons.map(reasonText),
    ...wrong,
  ].join('\n');
}
