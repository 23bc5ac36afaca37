/** Says in a few words what a run came to. What went wrong is told apart from it, as faults. */
import type { MadeReport } from '../model/runs/made.ts';
import type { ReplicationReport } from '../model/runs/replication.ts';
import type { RunReport } from '../model/runs/run.ts';
import type { TargetResult } from '../model/runs/target-result.ts';
import type { TaskReport } from '../model/runs/task.ts';

/** '' where there is nothing to say but how it ended. */
export function summaryOf(report: RunReport | null): string {
  switch (report?.kind) {
    case undefined:
    case 'fault':
      return '';
    case 'snapshot':
      return joined([...snapshotWords(report), ...report.tasks.flatMap(taskWords)]);
    case 'delete':
      return `${count(report.results.filter(({ status }) => status === 'deleted').length, 'snapshot')} deleted`;
    case 'cleanup': {
      const { deleted, kept, failed } = report;
      const still = failed.length === 0 ? [] : [`${failed.length} still there`];
      return joined([`${count(deleted.length, 'snapshot')} deleted`, `${kept.length} kept`, ...still]);
    }
    case 'replication':
      return joined(sentWords([report]));
    case 'task':
      return joined(taskWords(report));
    case 'seed': {
      const { verb, snapshot, parts, bytes } = report;
      return `${snapshot} ${verb}ed, ${count(parts, 'part')}, ${(bytes / 2 ** 20).toFixed(1)} MiB`;
    }
    case 'restore':
      return report.outcome === 'restored' ? `restored from ${report.from.name}` : report.outcome;
    case 'verify': {
      const same = report.results.filter(({ status }) => status === 'same').length;
      return `${same} of ${count(report.results.length, 'replica')} the same (${report.level})`;
    }
    case 'extract': {
      const { created, replaced, removed } = report.counts;
      const done = `${created} created, ${replaced} replaced, ${removed} removed from ${report.from.name}`;
      return report.outcome === 'restored' ? done : `${report.outcome}: ${done}`;
    }
  }
}

/** Several of one run bear the same name. */
function snapshotWords({ snapshots, already }: MadeReport): string[] {
  const made = snapshots.map(({ subvolume }) => subvolume);
  const [first] = snapshots;
  const [there] = already;
  return [
    ...(first ? [`${first.name} of ${made.join(', ')} made`] : []),
    ...(there ? [`${there.name} of ${already.map(({ subvolume }) => subvolume).join(', ')} was there`] : []),
  ];
}

function taskWords({ initializing, snapshot, targets, replications, cleanups }: TaskReport): string[] {
  const deleted = cleanups.reduce((sum, cleanup) => sum + cleanup.deleted.length, 0);
  return [
    ...(initializing ? ['initializing'] : []),
    ...(snapshot === null ? [] : snapshotWords(snapshot)),
    ...sentWords(replications).filter(
      (word) => word !== NOTHING || targets.every(({ status }) => status === 'ok'),
    ),
    ...(deleted > 0 ? [`${count(deleted, 'snapshot')} deleted on targets`] : []),
    ...targets.flatMap(({ target, status }) =>
      status === 'ok' ? [] : [`${target}: ${status === 'busy' ? BUSY : status}`],
    ),
  ];
}

const BUSY = 'rounds before it are still at work there';

/** Said of a round only where no target failed: what could not be looked at may well have something to send. */
const NOTHING = 'nothing to send';

function sentWords(reports: readonly ReplicationReport[]): string[] {
  const results = reports.flatMap((report) => report.results);
  const sent = results.filter(({ status }) => status === 'ok');
  // What failed or was cancelled is told by its target; there was something to send.
  if (sent.length === 0) return results.some(({ status }) => status !== 'already-there') ? [] : [NOTHING];
  const bytes = sent.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
  return [`${sentTo(sent)}, ${(bytes / 2 ** 20).toFixed(1)} MiB`];
}

/** What one send brought to two servers is one snapshot; where one got more than another, each has its number. */
function sentTo(sent: readonly TargetResult[]): string {
  const servers = [...Map.groupBy(sent, ({ server }) => server)].map(
    ([server, results]) => [server, results.length] as const,
  );
  const [[first, number] = ['', 0], ...others] = servers;
  const words = `${count(number, 'snapshot')} sent to ${first}`;
  const isSame = others.every(([, other]) => other === number);
  return [words, ...others.map(([server, other]) => (isSame ? server : `${other} to ${server}`))].join(', ');
}

const joined = (words: readonly string[]): string => words.join('; ');

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;
