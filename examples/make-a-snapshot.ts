// Makes a snapshot of each subvolume, as one group where there are several.
//   node examples/make-a-snapshot.ts SUBVOLUME...
import { faultsOf, openFleet, snapshotByHand } from 'btrfleet/core';
import { must, say } from './say.ts';

const subvolumes = process.argv.slice(2);
const fleet = must(await openFleet());
const { report } = must(await fleet.run(snapshotByHand(subvolumes, subvolumes.length > 1)));
if (report.kind === 'snapshot') for (const { path } of report.snapshots) say(`made ${path}`);
// What was made and what failed are told beside each other: one may have gone wrong without the others.
for (const { message, hint } of faultsOf(report)) say(`FAILED ${message}\n${hint}`);
process.exitCode = faultsOf(report).length > 0 ? 1 : 0;
await fleet.close();
