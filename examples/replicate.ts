// Sends the newest snapshot of a subvolume to targets and tells how far it is. Ctrl-C cancels it and cleans up.
//   node examples/replicate.ts SUBVOLUME TARGET...      a target is SERVER or SERVER:/MOUNT
import {
  BY_HAND,
  formatTarget,
  type JobEvent,
  openFleet,
  parseTarget,
  type ReplicationRequest,
  USUAL_TRANSFER,
} from 'btrfleet/core';
import { must, say } from './say.ts';

const [subvolume = '', ...targets] = process.argv.slice(2);
const request: ReplicationRequest = {
  subvolume,
  targets: targets.map((text) => must(parseTarget(text))),
  // The newest one, on top of the nearest base that both sides have.
  wanted: { mode: 'auto', snapshot: null, all: false },
  options: USUAL_TRANSFER,
  ...BY_HAND,
};

const fleet = must(await openFleet());
for (const one of must(await fleet.planReplication(request)).results)
  say(
    `plan: ${formatTarget(one)} ${one.status} ${one.snapshot ?? ''}, about ${one.estimatedBytes ?? '?'} bytes`,
  );

const cancel = new AbortController();
process.once('SIGINT', () => cancel.abort());
const { id, report } = must(
  await fleet.run({ kind: 'replication', ...request }, { signal: cancel.signal, onEvent: tell }),
);

function tell(event: JobEvent): void {
  if (event.type === 'note') say(event.message);
  if (event.type !== 'target') return;
  const { target, progress } = event;
  if (progress.phase !== 'sending') say(`${target}: ${progress.phase}`);
  else say(`${target}: sending, ${progress.payloadBytes} of ${progress.totalBytes ?? '?'} bytes`);
}

const results = report.kind === 'replication' ? report.results : [];
for (const { fault, ...one } of results)
  say(`run ${id}: ${formatTarget(one)} ${one.status}${fault ? `: ${fault.message}` : ''}`);
if (report.kind === 'fault') say(`run ${id}: ${report.fault.message}`);
const isGood = results.length > 0 && results.every(({ fault }) => fault === null);
process.exitCode = isGood ? 0 : 1;
await fleet.close();
