// The lab by hand: parses a command line and calls the library. Decides nothing itself.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { installTools, mayInstall } from './install.ts';
import { Lab } from './lab.ts';
import { needsOf, PROFILES, parseProfiles } from './profiles.ts';
import { LAB_TOOLS } from './requirements.ts';

const profileLines = () =>
  Object.entries(PROFILES)
    .map(([name, { about }]) => `                ${name.padEnd(11)}  ${about}\n`)
    .join('');

/** Each checkout has one of its own: two of them side by side must not replace each other's. */
const OWN = `lab-${createHash('sha256')
  .update(import.meta.dirname)
  .digest('hex')
  .slice(0, 4)}`;

const HELP = `A fleet of btrfs servers on this machine, each with its own network, disk and sshd. Needs root.

  npm run lab -- up [--servers 3] [--size 2G]   make it (in place of one of that name)
  npm run lab -- status [--json]                what is up; with --json everything, secrets included
  npm run lab -- exec N CMD…                    run CMD as root in server N, even with its sshd dead
  npm run lab -- cut N  |  heal N               pull the network cable of server N, plug it in again
  npm run lab -- kill N  |  start N             end its sshd and all it runs, start its sshd again
  npm run lab -- down                           remove it and everything it made

  --name NAME   which lab; several live side by side (default: ${OWN}, this checkout's own)
  --profile P   (up) servers as they are elsewhere: one profile for all, or for some, as in a=fish,b=busybox
${profileLines()}

Servers are a, b, c …, with btrfs at /srv/pool. Users: root; fleet (minimal sudo); dash (any sudo, shell dash);
nosudo. The shell of root on c is dash. To log in: ssh -F DIRECTORY/ssh_config a (DIRECTORY as status shows it).

Example: npm run lab -- up --servers 2 && npm run lab -- exec a btrfs subvolume list /srv/pool
`;

const splitAt = (args: string[], index: number) => [args.slice(0, index), args.slice(index)] as const;

async function main(args: string[]): Promise<number> {
  // What follows the server's name in exec belongs to the command, options and all.
  const exec = args.indexOf('exec');
  const [ours, command] = exec === -1 ? [args, []] : splitAt(args, exec + 2);
  const { values, positionals } = parseArgs({
    args: [...ours],
    allowPositionals: true,
    options: {
      name: { type: 'string', default: OWN },
      servers: { type: 'string', default: '3' },
      profile: { type: 'string' },
      size: { type: 'string', default: '2G' },
      json: { type: 'boolean', default: false },
      'no-install': { type: 'boolean' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [verb, server = ''] = positionals;
  const { name } = values;
  if (values.help || verb === undefined) {
    (values.help ? process.stdout : process.stderr).write(HELP);
    return values.help ? 0 : 2;
  }
  switch (verb) {
    case 'up': {
      const profile = values.profile === undefined ? undefined : parseProfiles(values.profile);
      const lacks = await installTools({
        tools: [...LAB_TOOLS, ...needsOf(profile)],
        allowed: mayInstall(process.argv, process.env),
        what: 'the lab',
        say: (line) => process.stderr.write(`${line}\n`),
      });
      if (lacks !== null) throw new Error(lacks);
      const lab = await Lab.up({
        name,
        servers: Number(values.servers),
        size: values.size,
        profile,
        persistent: true,
      });
      return status(lab, values.json);
    }
    case 'status':
      return status(Lab.open(name), values.json);
    case 'exec':
      return runInside(Lab.open(name).execArgv(server, command));
    case 'cut':
    case 'heal':
    case 'kill':
    case 'start':
      await Lab.open(name)[verb](server);
      return 0;
    case 'down':
      await Lab.down(name);
      return 0;
    default:
      process.stderr.write(`unknown: ${verb}\n\n${HELP}`);
      return 2;
  }
}

async function status(lab: Lab, json: boolean): Promise<number> {
  const servers = await Promise.all(
    lab.record.servers.map(async (server) => ({ ...server, state: await lab.state(server.name) })),
  );
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...lab.record, servers }, null, 2)}\n`);
  } else {
    const rows = servers.map(
      ({ name, host, mount, state }) => `${name}  ${host.padEnd(15)}  ${state.padEnd(6)}  ${mount}\n`,
    );
    process.stdout.write(`lab ${lab.name} in ${lab.record.directory}\n${rows.join('')}`);
  }
  return servers.every(({ state }) => state === 'up') ? 0 : 1;
}

function runInside([program = '', ...args]: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', cwd: '/' });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 255));
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (fault) {
  process.stderr.write(`lab: ${fault instanceof Error ? fault.message : String(fault)}\n`);
  process.exitCode = 1;
}
