// Tells how every subvolume and its replicas are off. Exit code 0 only if all of it was checked and is fine.
//   node examples/health.ts
import { formatTarget, openFleet } from 'btrfleet/core';
import { must, say } from './say.ts';

const fleet = must(await openFleet());
const { overall, reasons, subvolumes } = must(await fleet.health());
say(`the fleet: ${overall}`);
for (const one of subvolumes) {
  const replicas = one.replicas.map((replica) => `${formatTarget(replica)} ${replica.status}`);
  say(`${one.subvolume}: ${one.overall}, newest ${one.snapshot ?? 'none'}; ${replicas.join(', ')}`);
}
for (const { level, message, hint } of [...reasons, ...subvolumes.flatMap((one) => one.reasons)])
  say(`${level}: ${message}\n  ${hint}`);
process.exitCode = overall === 'ok' ? 0 : 1;
await fleet.close();
