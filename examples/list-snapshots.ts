// Lists the snapshots of a subvolume on the primary, or its replicas on another server, oldest first.
//   node examples/list-snapshots.ts SUBVOLUME [SERVER]
import { openFleet } from 'btrfleet/core';
import { must, say } from './say.ts';

const [subvolume = '', server] = process.argv.slice(2);
const fleet = must(await openFleet());
const snapshots = must(await fleet.snapshots(subvolume, server === undefined ? {} : { server }));
for (const { name, state, path } of snapshots) say(`${name}  ${state}  ${path}`);
await fleet.close();
