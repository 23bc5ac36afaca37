/** The commands that tell how everything is, each with an exit code for monitoring. */
import type { Command } from 'commander';
import { act } from '../frame/action.ts';
import { example } from '../frame/help.ts';

export function addDashboard(program: Command): void {
  program
    .command('dashboard')
    .description('how servers, space, snapshots, replicas and runs are; exit 0 only if all is OK')
    .option('--cached', 'as everything was last seen, without looking at any server')
    .addHelpText(...example('dashboard'))
    .action(act(async () => (await import('./dashboard-action.ts')).dashboard));
}

export function addHealth(program: Command): void {
  program
    .command('health')
    .description('whether snapshots and their replicas are all there; exit 0 only if all is ok')
    .argument('[subvolume]', 'its path on the primary (default: all that are looked after)')
    .argument('[snapshot]', 'its name (default: the newest)')
    .option('--known', 'as everything was last seen, without looking at any server')
    .addHelpText(...example('health /data'))
    .action(act(async () => (await import('./health-action.ts')).health));
}

export function addStorage(program: Command): void {
  program
    .command('storage')
    .description('how full the filesystems are; with --subvolume what it and its snapshots take up')
    .option('--server <name>', 'only this server; with --subvolume: there (default: the primary)')
    .option('--subvolume <path>', 'measure this subvolume and its snapshots')
    .option('--budget <seconds>', 'give up walking over files after so long, where quotas are off', '60')
    .option('--fresh', 'measure every snapshot now, also those measured within the last hour')
    .addHelpText(...example('storage --subvolume /data'))
    .action(act(async () => (await import('./storage-action.ts')).storage));
}

export function addMetrics(program: Command): void {
  program
    .command('metrics')
    .description('print metrics for Prometheus, as they are known now; no server is asked')
    .option(
      '--output <file>',
      "write them there instead, whole or not at all, for node_exporter's textfile collector",
    )
    .addHelpText(...example('metrics --output /var/lib/node_exporter/btrfleet.prom'))
    .action(act(async () => (await import('./metrics-action.ts')).metrics));
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check this machine and every server; exit 1 if something failed')
    .option('--server <name>', 'only this server')
    .addHelpText(...example('doctor --server b'))
    .action(act(async () => (await import('./doctor-action.ts')).doctor, { config: 'any' }));
}
