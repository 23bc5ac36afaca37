/**
 * Decides what the systemd unit of the scheduler says, and how paths are quoted in it. It writes nothing anywhere. No
 * text it is given may hold a control character: a line of the unit ends where the text has a line end.
 */
import { shownLine } from '../../core/hosts/port/quote.ts';

export interface UnitOptions {
  /** Without `.service`. */
  readonly name: string;
  readonly user: string;
  /** The state directory, absolute. */
  readonly home: string;
  /** Node and what follows it: its options, then the program; the first is an absolute path. */
  readonly command: readonly [string, ...string[]];
  /** A file that holds the passphrase of the vault; null: the vault has a key file. */
  readonly passphraseFile: string | null;
}

/** In what a setting takes as it is, `%` begins a specifier (systemd.unit(5), "Specifiers"). */
const plain = (text: string): string => text.replaceAll('%', '%%');

/** One word (systemd.syntax(7), "Quoting"). */
const quoted = (text: string): string => `"${plain(text).replace(/[\\"]/g, '\\$&')}"`;

/** A word of a command line: but for its first one, `$` begins a variable (systemd.service(5), "Command lines"). */
const argument = (text: string): string => quoted(text).replaceAll('$', '$$$$');

/** What installs it, to be run as root; the first prints the very same unit again. */
export const installCommands = ({ name, user, home }: Omit<UnitOptions, 'command'>): readonly string[] => [
  `${shownLine(['btrfleet', 'setup-service', '--name', name, '--user', user, '--home', home])} > /etc/systemd/system/${name}.service`,
  'systemctl daemon-reload',
  `systemctl enable --now ${name}.service`,
  `journalctl -u ${name}.service -f`,
];

export function unitText(options: UnitOptions): string {
  const { user, home, command, passphraseFile } = options;
  const [node, ...rest] = command;
  const start = [quoted(node), ...rest.map(argument), '--schedule'].join(' ');
  const environment = [
    `BTRFLEET_HOME=${home}`,
    ...(passphraseFile === null ? [] : [`BTRFLEET_VAULT_PASSPHRASE_FILE=${passphraseFile}`]),
  ].map((assignment) => `Environment=${quoted(assignment)}`);
  return `# The scheduler of btrfleet, as a service. To install it, as root:
${installCommands(options)
  .map((line) => `#   ${line}`)
  .join('\n')}

[Unit]
Description=btrfleet scheduler: snapshots, retention and replication of a btrfs fleet
Wants=network-online.target
After=network-online.target time-sync.target
RequiresMountsFor=${quoted(home)}

[Service]
Type=notify
# btrfleet tells systemd through the program systemd-notify, a process of its own.
NotifyAccess=all
User=${plain(user)}
${environment.join('\n')}
# A service has no ssh-agent of its own. If a server logs in by agent, name the socket of one that is always there:
#Environment=SSH_AUTH_SOCK=/run/…
ExecStart=${start}
# Says what the configuration holds now; every change of it is followed without this, too.
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=30
# Petted by the loop itself: one that hangs is ended and begun anew.
WatchdogSec=120
# On SIGTERM it finishes or cancels what is at work within 30 s, and removes what was half received. Only btrfleet gets
# the signal (process): the commands it runs on this machine are ended by it, in good order, and what has begun a
# database's pause is left to end it.
TimeoutStopSec=40
KillMode=process

# What breaks nothing. No core dumps: the memory holds the secrets of the vault.
UMask=0077
LimitCORE=0
KeyringMode=private
CapabilityBoundingSet=~CAP_SYS_MODULE CAP_SYS_BOOT CAP_SYS_TIME CAP_SYS_RAWIO CAP_SYS_PTRACE CAP_NET_ADMIN
${stricter(home)}
[Install]
WantedBy=multi-user.target
`;
}

/** Why more is not switched on by itself. */
const stricter = (home: string): string => `
# What would break a server of the fleet that is this very machine (server add --local): sudo needs new privileges, and
# with a view of the mounts of its own the service would see other mounts than there are, some of them read-only.
# Keys below /home and an agent's socket below /tmp would be out of reach, so these two stay as they are:
#   ProtectHome, PrivateTmp
# If every server is reached over SSH, take the # away:
#NoNewPrivileges=yes
#ProtectSystem=strict
#ReadWritePaths=${quoted(home)}
#PrivateDevices=yes
#ProtectKernelTunables=yes
#ProtectKernelModules=yes
#ProtectControlGroups=yes
#RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
#RestrictNamespaces=yes
#RestrictRealtime=yes
#LockPersonality=yes
`;
