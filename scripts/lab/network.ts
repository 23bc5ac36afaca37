// The network of a lab: one bridge in this machine's own namespace, one cable from it to each server. Touches no
// interface but those whose name is made from the lab's.
import { createHash } from 'node:crypto';
import { must, type RunOptions, run } from './run-command.ts';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** At most 15 characters are allowed in an interface name, so the lab's name goes in as a hash. */
export const bridgeName = (lab: string): string => `bl${digest(lab).toString('hex').slice(0, 8)}`;
export const cableName = (bridge: string, server: string): string => `${bridge}-${server}`;

/** The address of a server: .11 for the first. The bridge itself is .1. */
export const serverAddress = (network: string, index: number): string => `${network}.${11 + index}`;

/** A network in use, as "10.1.2.0/24". */
type Cidr = string;

const toNumber = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

/**
 * Whether a /24 ("10.x.y") meets a network in use. Wider ones than /16 do not count: a route to all of 10/8 (a VPN)
 * stays right for the rest, and the lab's own is the more exact.
 */
export function meets(network: string, used: Cidr): boolean {
  const [address = '', length = '32'] = used.split('/');
  if (Number(length) < 16) return false;
  const size = 2 ** (32 - Math.min(24, Number(length)));
  return Math.floor(toNumber(`${network}.0`) / size) === Math.floor(toNumber(address) / size);
}

/** The networks a lab tries in turn; other labs begin elsewhere, so that two that meet do not move on together. */
export function* candidateNetworks(lab: string): Generator<string> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const [second = 0, third = 0] = digest(`${lab} ${attempt}`);
    yield `10.${64 + (second % 128)}.${third}`;
  }
}

type Address = { ifname: string; addr_info: { local?: string; prefixlen: number }[] };

async function networksInUse(exceptOf: string): Promise<Cidr[]> {
  const addresses: Address[] = JSON.parse(await must(['ip', '-j', '-4', 'addr', 'show']));
  const routes: { dst: string; dev?: string }[] = JSON.parse(await must(['ip', '-j', '-4', 'route', 'show']));
  return [
    ...addresses
      .filter(({ ifname }) => ifname !== exceptOf)
      .flatMap(({ addr_info }) => addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`)),
    ...routes.filter(({ dst, dev }) => dst !== 'default' && dev !== exceptOf).map(({ dst }) => dst),
  ];
}

/**
 * Makes the bridge and gives it a free network, which is returned as "10.x.y". Looks again after taking an address:
 * of two labs that take the same at once at least one sees the other, and moves on.
 */
export async function makeBridge(lab: string, options: RunOptions): Promise<string> {
  const bridge = bridgeName(lab);
  await must(['ip', 'link', 'add', bridge, 'type', 'bridge'], options);
  for (const network of candidateNetworks(lab)) {
    const isTaken = async () => (await networksInUse(bridge)).some((used) => meets(network, used));
    if (await isTaken()) continue;
    await must(['ip', 'addr', 'add', `${network}.1/24`, 'dev', bridge], options);
    await must(['ip', 'link', 'set', bridge, 'up'], options);
    if (!(await isTaken())) return network;
    await must(['ip', 'addr', 'flush', 'dev', bridge], options);
  }
  throw new Error('found no free 10.x.y.0/24 for the lab');
}

/** Lays the cable from the bridge to the server whose namespaces `holder` holds. */
export async function connectServer(
  { bridge, server, host, holder }: { bridge: string; server: string; host: string; holder: number },
  options: RunOptions,
): Promise<void> {
  const cable = cableName(bridge, server);
  const outside = `link add ${cable} type veth peer name eth0 netns ${holder}
link set ${cable} master ${bridge} up
`;
  const inside = `link set lo up
addr add ${host}/24 dev eth0
link set eth0 up
route add default via ${host.replace(/\d+$/, '1')}
`;
  await must(['ip', '-batch', '-'], { ...options, input: outside });
  await must(['nsenter', '-t', `${holder}`, '--net', 'ip', '-batch', '-'], { ...options, input: inside });
}

/** Pulls the cable of a server, or plugs it in again. */
export const setCable = (bridge: string, server: string, state: 'up' | 'down') =>
  must(['ip', 'link', 'set', cableName(bridge, server), state]);

/** Whether the cable of a server is plugged in; undefined when there is none. */
export async function cableState(bridge: string, server: string): Promise<'up' | 'down' | undefined> {
  const { code, stdout } = await run(['ip', '-j', 'link', 'show', cableName(bridge, server)]);
  if (code !== 0) return undefined;
  const links: { flags: string[] }[] = JSON.parse(stdout);
  return links[0]?.flags.includes('UP') ? 'up' : 'down';
}

/** The interfaces of a lab that exist on this machine, cables first. */
export async function interfacesOf(lab: string): Promise<string[]> {
  const bridge = bridgeName(lab);
  const links: { ifname: string }[] = JSON.parse(await must(['ip', '-j', 'link', 'show']));
  return links
    .map(({ ifname }) => ifname)
    .filter((name) => name === bridge || name.startsWith(`${bridge}-`))
    .sort((one, other) => other.length - one.length);
}
