// Adds a server to a fleet, trusts its host key, and looks whether it can be worked with.
//   node examples/look-at-a-server.ts NAME HOST PORT KEY-FILE SHA256:FINGERPRINT
import { openFleet } from 'btrfleet/core';
import { must, say } from './say.ts';

const [name = '', host = '', port = '22', file = '', fingerprint = ''] = process.argv.slice(2);
const fleet = must(await openFleet());
must(fleet.addServer({ name, host, port: Number(port), auth: { kind: 'key', file } }));
// Compare it with what the server itself says: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub
must(await fleet.trustHostKey(name, fingerprint));
for (const { server, status, inventory, fault } of must(await fleet.look({ servers: [name] }))) {
  say(`${server.name}: ${fault?.message ?? status}`);
  for (const { mount, space } of inventory?.filesystems ?? [])
    say(`  ${mount}: ${space.freeBytes ?? '?'} bytes free`);
}
await fleet.close();
