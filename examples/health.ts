// Tells how every subvolume and its replicas are off. Exit code 0 only if all of it was checked and is fine.
//   node examples/health.ts
import { findingWords, formatTarget, openFleet } from 'btrfleet/core';
import { must, say } from './say.ts';

const fleet = must(await openFleet());
const { overall, reasons, subvolumes } = must(await fleet.health());
say(`the fleet: ${overall}`);
for (const one of subvolumes) {
  const replicas = one.replicas.map((replica) => `${formatTarget(replica)} ${replica.status}`);
  say(`${one.subvolume}: ${one.overall}, newest ${one.snapshot ?? 'none'}; ${replicas.join(', ')}`);
}
for (const one of [...reasons, ...subvolumes.flatMap((health) => health.reasons)]) {
  const { message, hint } = findingWords(one);
  say(`${one.level}: ${message}\n  ${hint}`);
}
process.exitCode = overall === 'ok' ? 0 : 1;
await fleet.close();
