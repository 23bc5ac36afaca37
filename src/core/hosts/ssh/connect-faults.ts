/** Decides which fault a connection that did not come about is. The one place that reads ssh2's and the system's errors. */
import { escaped } from '../../btrfs/messages/escaped.ts';
import { parseAddress, shownAddress } from '../../model/address.ts';
import { command } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import type { Server } from '../../model/server.ts';
import { fingerprint, keyType } from './host-key.ts';
import type { KnownHost, Verdict } from './known-hosts.ts';

export const CONNECT_TIMEOUT_SECONDS = 10;
export const READY_TIMEOUT_SECONDS = 15;

const where = (server: Server) => `${server.name} (${shownAddress(server.host, server.port)})`;

/** TCP did not come up. `code`: the system's, or `TIMEOUT` for our own. */
export function tcpFault(server: Server, code: string): Fault {
  const at = where(server);
  const [message, hint] = tcpText(server, at, code);
  return fault('unreachable', message, hint, { server: server.name });
}

function tcpText(server: Server, at: string, code: string): readonly [message: string, hint: string] {
  switch (code) {
    case 'ECONNREFUSED':
      return [
        `${at} refused the connection.`,
        `The machine answers but nothing listens on port ${server.port}: is sshd running there, is the port right?`,
      ];
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
      return unresolved(server);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return [`There is no route to ${at}.`, 'Is the machine on, is the network or VPN to it up?'];
    case 'ETIMEDOUT':
    case 'TIMEOUT':
      return [
        `${at} did not answer within ${CONNECT_TIMEOUT_SECONDS} s.`,
        'Is the machine on and the address right? A firewall that drops packets looks the same.',
      ];
    case 'EACCES':
    case 'EPERM':
      return [
        `This machine does not let btrfleet connect to ${at} (${code}).`,
        'Look at the firewall of this machine.',
      ];
    default:
      return [
        `The connection to ${at} failed (${code}).`,
        `Try by hand: ssh -p ${server.port} ${server.user}@${server.host}`,
      ];
  }
}

/** A configuration written by hand may hold more than a host there. */
function unresolved(server: Server): readonly [message: string, hint: string] {
  const read = parseAddress(server.host);
  const more = read.ok && (read.value.port !== null || read.value.user !== null);
  return [
    `The name ${server.host} of ${server.name} cannot be resolved.`,
    more
      ? `It is more than a host. ${command('server', 'edit', server.name, '--host', server.host)} takes it apart.`
      : `Check it with \`getent hosts ${server.host}\`; btrfleet server edit ${server.name} --host HOST changes it.`,
  ];
}

/** TCP is up, SSH did not follow. */
export function handshakeFault(server: Server, error: Error): Fault {
  const at = where(server);
  const about = { server: server.name };
  const text = error.message;
  if (/timed out/i.test(text)) {
    return fault(
      'unreachable',
      `${at} accepted the connection and then said nothing within ${READY_TIMEOUT_SECONDS} s.`,
      'Is it sshd that listens there? A machine that is overloaded or out of memory looks the same.',
      about,
    );
  }
  if (/no matching/i.test(text)) {
    return fault(
      'unreachable',
      `${at} and btrfleet have no algorithm in common: ${text}.`,
      'Update sshd there, or allow a current algorithm in its sshd_config (HostKeyAlgorithms, Ciphers, KexAlgorithms).',
      { ...about, retry: false },
    );
  }
  if (/before handshake|reset|ended|EPIPE/i.test(text)) {
    return fault(
      'unreachable',
      `${at} closed the connection before the login.`,
      'sshd may be at its limit (MaxStartups), or refuses this address; its log says which.',
      about,
    );
  }
  return fault(
    'unreachable',
    `The SSH handshake with ${at} failed: ${text}.`,
    `Try by hand: ssh -v -p ${server.port} ${server.user}@${server.host}`,
    about,
  );
}

/** It talks without end before anybody is logged in. */
export const overflowFault = (server: Server, bytes: number): Fault =>
  fault(
    'unreachable',
    `${where(server)} sent more than ${bytes / 1024 / 1024} MiB before the login was done.`,
    `Is it sshd that listens on port ${server.port} there? No login takes as much.`,
    { server: server.name, retry: false },
  );

/** The key was not trusted. `known`: what was expected of this host. */
export function hostKeyFault(
  server: Server,
  verdict: Exclude<Verdict, 'trusted'>,
  key: Buffer,
  known: readonly KnownHost[],
): Fault {
  const about = { server: server.name };
  const came = `${fingerprint(key)} (${keyType(key)})`;
  const trust = `btrfleet server trust ${server.name} --fingerprint ${fingerprint(key)}`;
  switch (verdict) {
    case 'unknown':
      return fault(
        'host-key-unknown',
        `The host key of ${where(server)} is not trusted yet: ${came}.`,
        `Compare it with \`ssh-keygen -lf\` of /etc/ssh/ssh_host_*_key.pub on the server, then: btrfleet server trust ${server.name}`,
        about,
      );
    case 'changed': {
      const expected = known.map((entry) => `${fingerprint(entry.key)} (${entry.type})`).join(' or ');
      return fault(
        'host-key-changed',
        `THE HOST KEY OF ${where(server)} HAS CHANGED. Expected ${expected}, got ${came}. Somebody may be listening in; nothing was sent.`,
        `If the server was reinstalled, compare the new fingerprint on its console, then: ${trust}`,
        about,
      );
    }
    case 'revoked':
      return fault(
        'host-key-changed',
        `THE HOST KEY OF ${where(server)} IS REVOKED: ${came} is marked @revoked in a known_hosts file. Nothing was sent.`,
        'Give the server a new host key, or remove the @revoked line if it is wrong.',
        about,
      );
  }
}

/** The server it is reached through could not be connected to. */
export const jumpFault = (server: Server, jump: string, cause: Fault): Fault =>
  fault('jump-failed', `${server.name} is reached through ${jump}: ${cause.message}`, cause.hint, {
    server: server.name,
    retry: cause.retry,
  });

/** The jump host is connected but did not pass the connection on. `reason`: RFC 4254, 5.1. */
export function forwardFault(server: Server, jump: string, reason: unknown, text: string): Fault {
  const about = { server: server.name };
  if (reason === 1) {
    return fault(
      'jump-failed',
      `${jump} does not pass connections on to ${where(server)}.`,
      `Set AllowTcpForwarding yes for this user in sshd_config on ${jump}.`,
      { ...about, retry: false },
    );
  }
  return fault(
    'unreachable',
    `${jump} could not connect to ${where(server)}: ${text.replace('(SSH) Channel open failure: ', '')}.`,
    `Is ${server.name} on, and reachable from ${jump}? Name and port are as seen from there.`,
    about,
  );
}

export const jumpLoop = (server: string, chain: readonly string[]): Fault =>
  fault(
    'jump-failed',
    `${server} cannot be reached: its jump hosts form a circle (${chain.join(' → ')}).`,
    `Break it: btrfleet server edit ${server} --jump NAME`,
    { server, retry: false },
  );

/** The login shell did not come as far as the command. `said`: what it printed instead. */
export function loginShellFault(server: string, said: string): Fault {
  // More than that is not told of it.
  const text = said
    .trim()
    .slice(0, 1000)
    .replace(/\s*\n\s*/g, ' / ');
  return fault(
    'login-shell',
    `The login shell on ${server} did not start a command${text === '' ? ', and said nothing' : `: ${escaped(text)}`}.`,
    `A login btrfleet uses needs a shell that runs commands (sh, bash, dash, ash, zsh, fish): on ${server}, "chsh" sets it. A ForceCommand in its sshd_config, or a command= in authorized_keys, looks the same.`,
    { server },
  );
}
