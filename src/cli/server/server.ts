/** `btrfleet server`: which servers the fleet has, how they are reached, and whether they can be worked with. */
import type { Command } from 'commander';
import { act } from '../frame/action.ts';
import { example, YES_TO_LOSS } from '../frame/help.ts';

export function addServer(program: Command): void {
  const server = program.command('server').description('the servers of the fleet');
  addChanges(server);
  addLooks(server);
  addTrust(server);
}

function addChanges(server: Command): void {
  settings(server.command('add'))
    .description('add a server, reachable or not; the first one becomes the primary')
    .argument('<name>', 'what you call it')
    .option('--primary', 'make it the primary: the server snapshots are made on')
    .option('--trust <fingerprint>', 'trust its host key if it is this one (SHA256:…)')
    .option('--trust-first', 'trust whatever host key it shows now')
    .addHelpText(
      ...example('server add b --host 192.0.2.11 --user root', '--key ~/.ssh/id_ed25519 --trust-first'),
    )
    .action(act(async () => (await import('./changes.ts')).serverAdd));
  settings(server.command('edit'))
    .description('change a server; only what is named')
    .argument('<name>', 'its name')
    .option('--no-jump', 'reach it directly from now on')
    .option('--no-default-mount', 'no mount of its own for replicas from now on')
    .addHelpText(...example('server edit b --port 2222 --default-mount /srv/pool'))
    .action(act(async () => (await import('./changes.ts')).serverEdit));
  server
    .command('remove')
    .description('forget a server; says first which snapshots clean-up may delete then')
    .argument('<name>', 'its name')
    .option('--yes', 'do not ask')
    .addHelpText(...example('server remove b --yes'))
    .action(act(async () => (await import('./changes.ts')).serverRemove));
  server
    .command('forget-disk')
    .description('forget a disk that will not come back; no base is kept for it any more')
    .argument('<name>', 'the server it stood at')
    .argument('<filesystem>', 'its uuid, as a clean-up names it; or unknown')
    .option('--yes', 'do not ask')
    .addHelpText(...example('server forget-disk b 5d3c2f6e-0f0e-4f0c-9d4f-0c7a1f0c9b11 --yes'))
    .action(act(async () => (await import('./changes.ts')).serverForgetDisk));
  server
    .command('promote')
    .description('make a server the primary; the one before becomes a secondary')
    .argument('<name>', 'its name')
    .option(...YES_TO_LOSS)
    .addHelpText(...example('server promote b'))
    .action(act(async () => (await import('./changes.ts')).serverPromote));
  server
    .command('import')
    .description('add the hosts of an ssh config as secondaries')
    .argument('[file]', 'the file (default: ~/.ssh/config)')
    .option('--dry-run', 'say what would be added, add nothing')
    .addHelpText(...example('server import ~/.ssh/config'))
    .action(act(async () => (await import('./import.ts')).serverImport));
}

function addLooks(server: Command): void {
  server
    .command('list')
    .description('list the servers as they are configured')
    .addHelpText(...example('server list --json'))
    .action(act(async () => (await import('./looks.ts')).serverList));
  server
    .command('show')
    .description('show one server as it is configured')
    .argument('<name>', 'its name')
    .addHelpText(...example('server show b'))
    .action(act(async () => (await import('./looks.ts')).serverShow));
  server
    .command('check')
    .description('connect, and say whether servers can be worked with; exit 1 if one cannot')
    .argument('[name...]', 'their names (default: all)')
    .addHelpText(...example('server check b c'))
    .action(act(async () => (await import('./looks.ts')).serverCheck));
}

function addTrust(server: Command): void {
  server
    .command('trust')
    .description('trust the host key a server shows, after you compared its fingerprint')
    .argument('<name>', 'its name')
    .option('--fingerprint <fingerprint>', 'only if it is this one (SHA256:…)')
    .option('--yes', 'do not ask; whatever key it shows now is trusted')
    .addHelpText(
      ...example('server trust b', '--fingerprint SHA256:uNiVztksCsDhcc0u9e8BrjJXFmHQNh6ZvhyQb5mKFBE'),
    )
    .action(act(async () => (await import('./trust.ts')).serverTrust));
}

const settings = (command: Command): Command =>
  command
    .option('--host <host>', 'host name or address; USER@HOST:PORT and ssh:// URLs are taken apart')
    .option('--port <port>', 'port of its sshd (default: 22)')
    .option('--user <user>', 'login: root, or one with the sudo rights "doctor" asks for')
    .option('--key <file>', 'log in with this private key')
    .option('--passphrase-stdin', 'read the passphrase of the key from stdin')
    .option('--password-stdin', 'log in with a password, read from stdin')
    .option('--agent', 'log in with the keys of ssh-agent')
    .option('--local', 'this machine, without SSH')
    .option('--jump <name>', 'reach it through that server of the fleet')
    .option('--default-mount <path>', 'where replicas go when a target names no mount');
