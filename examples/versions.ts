// Tells all versions of a file over all snapshots and servers, the newest first, and which servers could not be asked.
//   node examples/versions.ts PATH
import { openFleet } from 'btrfleet/core';
import { must, say } from './say.ts';

const [path = ''] = process.argv.slice(2);
const fleet = must(await openFleet());
const { versions, notLooked } = must(await fleet.versions({ path, hash: true }));
for (const { stat, sha256, isLive, lastSeen, places } of versions) {
  const [best] = places;
  const seen = isLive ? 'now' : (lastSeen ?? 'unknown');
  say(`${seen}  ${stat.sizeBytes} bytes  ${sha256 ?? '-'}  ${best?.server} ${best?.root}`);
}
for (const { server, fault } of notLooked) say(`${server} was not asked: ${fault.message}`);
await fleet.close();
