// Tells of the last runs, whoever asked for them: commands, the screen, the scheduler or another program.
//   node examples/read-the-journal.ts [HOW-MANY]
import { faultsOf, openFleet, subjectOf } from 'btrfleet/core';
import { must, say } from './say.ts';

const limit = Number(process.argv[2] ?? 10);
const fleet = must(await openFleet());
for (const { id, kind, request, state, outcome, startedAt, report } of must(fleet.runs({ limit }))) {
  const faults = report === null ? [] : faultsOf(report);
  say(`${id} ${kind} of ${subjectOf(request)}: ${outcome ?? state}, began ${startedAt ?? 'not yet'}`);
  for (const { code, message } of faults) say(`  ${code}: ${message}`);
}
await fleet.close();
