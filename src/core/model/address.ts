/**
 * Decides what somebody means who writes where a server is: a host, `USER@HOST`, `HOST:PORT`, `[ADDRESS]:PORT` or an
 * `ssh://` URL. It takes apart what can mean one thing only, and says why it refuses the rest. It looks nothing up.
 */
import { failed, ok, type Result } from './result.ts';

/** Null: the text does not say. */
export interface Address {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number | null;
  readonly user: string | null;
}

/** What is named beside the address. Null: nothing is. */
export interface Beside {
  readonly port: number | null;
  readonly user: string | null;
}

/** Why an address is refused, as the rest of a sentence, and the field it is about. */
export interface Refusal {
  readonly field: 'host' | 'port' | 'user';
  readonly why: string;
}

/** The address, with what is named beside it. Refused: what cannot be read, and two different ports or users. */
export function parseAddress(text: string, beside: Beside = NOTHING): Result<Address, Refusal> {
  const parts = takeApart(text.trim());
  if (!parts.ok) return parts;
  const { host, port, user } = parts.value;
  if (port !== null && beside.port !== null && port !== beside.port)
    return refused('port', `the host says port ${port}, the port says ${beside.port}`);
  if (user !== null && beside.user !== null && user !== beside.user)
    return refused('user', `the host says user ${user}, the user says ${beside.user}`);
  return ok({ host, port: port ?? beside.port, user: user ?? beside.user });
}

/** Host and port as they can be read back: an IPv6 address needs its brackets. */
export const shownAddress = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

const NOTHING: Beside = { port: null, user: null };

const refused = (field: Refusal['field'], why: string) => failed<Refusal>({ field, why });

function takeApart(text: string): Result<Address, Refusal> {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text);
  if (scheme && scheme[1]?.toLowerCase() !== 'ssh') return refused('host', `${scheme[0]} is not ssh://`);
  const rest = scheme ? text.slice(scheme[0].length).replace(/\/$/, '') : text;
  if (/[/?#]/.test(rest)) return refused('host', 'a path does not belong here');
  const at = rest.lastIndexOf('@');
  const user = at < 0 ? null : userFrom(rest.slice(0, at), scheme !== null);
  if (user !== null && !user.ok) return user;
  const place = placeFrom(rest.slice(at + 1));
  return place.ok ? ok({ ...place.value, user: user?.value ?? null }) : place;
}

/** In a URL a user may be written with `%40` and the like. */
function userFrom(written: string, isUrl: boolean): Result<string, Refusal> {
  if (/[:;]/.test(written)) return refused('host', 'only a user belongs before the @, no password or option');
  const user = isUrl ? decoded(written) : written;
  if (user === null || !/^[^\s-]\S*$/.test(user)) return refused('host', 'a user belongs before the @');
  return ok(user);
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function placeFrom(text: string): Result<Omit<Address, 'user'>, Refusal> {
  const bracketed = /^\[([^[\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed) {
    const [, address = '', port] = bracketed;
    if (!isIpv6(address)) return refused('host', 'only an IPv6 address belongs between brackets');
    return withPort(address, port);
  }
  if (isIpv6(text)) return ok({ host: text, port: null });
  const colons = text.split(':').length - 1;
  if (colons > 1) return refused('host', 'it is no IPv6 address; one with a port is written [ADDRESS]:PORT');
  const [host = '', port] = text.split(':');
  const why = hostRefusal(host);
  return why === null ? withPort(host, port) : refused('host', why);
}

function withPort(host: string, port: string | undefined): Result<Omit<Address, 'user'>, Refusal> {
  if (port === undefined) return ok({ host, port: null });
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65_535)
    return refused('host', 'behind the colon belongs a port, a number from 1 to 65535');
  return ok({ host, port: number });
}

/** Letters of any script: a resolver knows how to write them. */
function hostRefusal(host: string): string | null {
  if (host === '') return 'a host name or address is needed';
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host) && host.split('.').some((part) => Number(part) > 255))
    return `${host} is no IPv4 address`;
  if (host.startsWith('-') || !/^[\p{L}\p{M}\p{N}._-]+$/u.test(host))
    return 'a host name has letters, digits, dots and dashes only';
  return null;
}

/** RFC 4291, 2.2, with a zone (`fe80::1%eth0`). */
function isIpv6(text: string): boolean {
  const [address = '', zone, ...more] = text.split('%');
  if (more.length > 0 || (zone !== undefined && !/^[\w.-]+$/.test(zone))) return false;
  const [head = '', tail, ...others] = address.split('::');
  if (others.length > 0 || !address.includes(':')) return false;
  const groups = [...groupsOf(head, tail === undefined), ...groupsOf(tail ?? '', true)];
  const valid = groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group));
  return valid && (tail === undefined ? groups.length === 8 : groups.length <= 7);
}

/** The groups of 16 bits of one side of `::`; an IPv4 address at the very end stands for two. */
function groupsOf(side: string, isLast: boolean): string[] {
  if (side === '') return [];
  const groups = side.split(':');
  const ipv4 = isLast && /^(\d{1,3})(\.\d{1,3}){3}$/.test(groups.at(-1) ?? '');
  const fits = (groups.at(-1) ?? '').split('.').every((part) => Number(part) <= 255);
  return ipv4 && fits ? [...groups.slice(0, -1), '0', '0'] : groups;
}
