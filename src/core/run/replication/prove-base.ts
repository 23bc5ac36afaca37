/**
 * Compares a replica that is in doubt with its source, by content, where that is quicker than to send all anew. What it finds
 * is in the journal then: the next plan builds on the replica, or sends in full beside it.
 */

import type { Host } from '../../hosts/port/host.ts';
import type { ReplicationPlan, ReplicationRequest, SendStep } from '../../model/runs/replication.ts';
import type { VerifyPair } from '../../model/runs/verify.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { TargetPlace } from '../../plan/catalog/target.ts';
import { canSendCompressed } from '../../plan/replication/protocol.ts';
import { type ProofChoice, proveFirst } from '../../plan/replication/prove-first.ts';
import type { Journal } from '../../state/journal/journal.ts';
import type { DriverContext } from '../ground/driver.ts';
import type { Fleet } from '../ground/fleet.ts';
import { estimatePayload } from './estimate.ts';
import { sendOf } from './send-of.ts';
import type { Source } from './source.ts';

interface About {
  readonly source: Source;
  readonly host: Host;
  readonly place: TargetPlace;
  readonly request: Pick<ReplicationRequest, 'options' | 'back' | 'seed'>;
}

/** Null: nothing in doubt would be a base. `bytes`: of the step, where it was counted already. */
export async function proofChoice(
  step: SendStep | undefined,
  { source, host, place, request: { options, back, seed } }: About,
  { journal, clock }: Pick<Fleet, 'journal' | 'clock'>,
  signal: AbortSignal,
  counted?: number | null,
): Promise<ProofChoice | null> {
  // Only what is sent from the primary can be compared with what is there.
  if (step?.unproven === undefined || back || seed) return null;
  if (wasTried(step.unproven.replica, journal, clock.now()))
    return { proves: false, why: 'it was within the last day, and that proved nothing', budgetSeconds: 0 };
  const compress = options.compress && canSendCompressed(source.host.facts, host.facts);
  const bytes =
    counted === undefined ? await estimatePayload(source.host, sendOf(step, compress), signal) : counted;
  const rates = [journal.sendRate(place), options.rateBytesPerSecond].filter((rate) => rate !== null);
  const rate = rates.length === 0 ? null : Math.min(...rates);
  return proveFirst({ bytes, rate, space: place.filesystem.space, target: place });
}

/** Uuids of replicas there whose own content was last compared, all of it, and is the same. */
export const provenAt = (
  journal: Pick<Journal, 'verificationsOf'>,
  { place: { path } }: Pick<Source, 'place'>,
  { server, filesystem }: Pick<TargetPlace, 'server' | 'filesystem'>,
): ReadonlySet<string> =>
  new Set(
    journal
      .verificationsOf(path)
      .filter((one) => one.server === server && one.filesystem === filesystem.uuid)
      .filter((one) => one.level === 'content' && one.share === null && one.differences === 0)
      .map(({ replica }) => replica),
  );

const DAY = 86_400_000;
/** Far more than end in a day. */
const RUNS = 1000;

/** What came to an end and left it in doubt comes to the same end again, as of a file that cannot be read. */
const wasTried = ({ uuid }: Snapshot, journal: Pick<Journal, 'listRuns'>, now: number): boolean =>
  journal
    .listRuns({ kind: 'verify', limit: RUNS })
    .some(
      ({ request, outcome, finishedAt }) =>
        request.kind === 'verify' &&
        request.level === 'content' &&
        request.share === null &&
        (outcome === 'ok' || outcome === 'failed') &&
        finishedAt !== null &&
        now - Date.parse(finishedAt) < DAY &&
        request.pairs?.some((pair) => pair.uuid === uuid) === true,
    );

/** What is said of the choice: of the replica, and why. */
export function choiceNote(step: SendStep, { proves, why }: ProofChoice): string {
  const name = step.unproven?.replica.name ?? '';
  return proves
    ? `the replica of ${name} is compared by content first: ${why}. Where it is the same, only what changed since is sent`
    : `the replica of ${name} is not compared by content first: ${why}`;
}

/** The first step that could be an increment, of what is to be sent. */
export const unprovenStep = (plan: ReplicationPlan): SendStep | undefined =>
  plan.kind === 'send' && plan.steps[0].unproven ? plan.steps[0] : undefined;

export async function proveBase(
  step: SendStep,
  { budgetSeconds }: ProofChoice,
  { source, place, label }: Pick<About, 'source' | 'place'> & { readonly label: string },
  context: DriverContext,
): Promise<void> {
  if (step.unproven === undefined) return;
  const { source: base, replica } = step.unproven;
  const pair: VerifyPair = {
    ...{ server: place.server, mount: place.mount, filesystem: place.filesystem.uuid },
    ...{ snapshot: replica.name, uuid: replica.uuid, source: base.uuid },
  };
  // A run of its own, so that the History tells of it, and that it was tried.
  const { report } = await context.part({
    request: {
      ...{ kind: 'verify', subvolume: source.place.path, level: 'content', share: null, budgetSeconds },
      ...{ pairs: [pair], unchosen: [], snapshot: replica.name },
    },
    item: null,
    onEvent: (event) => {
      if (event.type === 'note') context.emit(event);
    },
  });
  const result = report.kind === 'verify' ? report.results[0] : undefined;
  const why = report.kind === 'fault' ? report.fault : result?.fault;
  const came = why ? `could not be compared: ${why.message}` : ENDS[result?.status ?? 'unchecked'];
  context.emit({ type: 'note', message: `${label}: the replica of ${replica.name} ${came}` });
}

const ENDS = {
  same: 'has the same content as its source, so it is built on',
  attributes: 'has the same content as its source, though not all attributes, so it is built on',
  different: 'differs from its source, so it is no base and all is sent beside it',
  unfinished: 'was not compared to the end',
  unchecked: 'could not be compared',
} as const;
