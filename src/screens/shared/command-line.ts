/** Decides which command line does the same as what was done on the screen. For a person to paste; nothing is run from here. */
import { command } from '../../core/model/command-line.ts';
import { hexOf, isPlainName } from '../../core/model/file-name.ts';
import { LADDER_LEVELS, type RetentionRules } from '../../core/model/retention.ts';
import type { ExtractRequest } from '../../core/model/runs/extract.ts';
import type { ReplicationRequest, SentBack } from '../../core/model/runs/replication.ts';
import type { Run } from '../../core/model/runs/run.ts';
import type { SeedImportRequest, SeedRequest, SeedSource } from '../../core/model/runs/seed.ts';
import { formatTarget } from '../../core/model/target.ts';

export function replicateCommand({ subvolume, wanted, targets, options }: ReplicationRequest): string {
  const to = ['--to', targets.map(formatTarget).join(',')];
  const how = [
    ...(options.path === 'auto' ? [] : ['--path', options.path]),
    ...(options.rateBytesPerSecond === null ? [] : ['--rate', String(options.rateBytesPerSecond)]),
    ...(options.compress ? ['--compress'] : []),
    ...(options.resumable ? ['--resumable'] : []),
  ];
  switch (wanted.mode) {
    case 'full':
      return command('replicate', 'full', subvolume, wanted.snapshot, ...to, ...how);
    case 'incremental':
      return command(
        'replicate',
        'incremental',
        subvolume,
        wanted.snapshot,
        '--base',
        wanted.base,
        ...to,
        ...how,
      );
    case 'catch-up':
      return command('replicate', 'auto', subvolume, '--all', ...to, ...how);
    case 'auto': {
      const what = [
        ...(wanted.snapshot === null ? [] : ['--snapshot', wanted.snapshot]),
        ...(wanted.all ? ['--all'] : []),
      ];
      return command('replicate', 'auto', subvolume, ...what, ...to, ...how);
    }
  }
}

/** What asks for the same once more; what deletes asks first. */
export function runCommand({ request }: Run): string {
  switch (request.kind) {
    case 'snapshot':
      return command('snapshot', 'create', ...request.subvolumes, request.group ? '--group' : '');
    case 'delete':
      return command(
        'snapshot',
        'delete',
        request.subvolume,
        ...request.snapshots.map(({ name }) => name),
        ...onServer(request.server),
        request.allowLastBase ? '--allow-last-base' : '',
      );
    case 'cleanup':
      return command(
        'snapshot',
        'cleanup',
        request.subvolume,
        ...rulesWords(request.rules),
        ...onServer(request.server),
      );
    case 'replication':
      if (request.back) return restoreCommand(request.subvolume, request.back);
      return request.seed ? importCommand(request, request.seed) : replicateCommand(request);
    case 'task':
      return command('task', 'run', request.task);
    case 'seed':
      return command(...seedWords(request));
    case 'restore': {
      const nested = request.moveNested ? ['--nested', 'move'] : [];
      if (request.back) return restoreCommand(request.subvolume, request.back, nested);
      return request.undo === undefined
        ? command('snapshot', 'restore', request.subvolume, request.from.name, ...nested)
        : command('restore', 'undo', String(request.undo), ...nested);
    }
    case 'verify': {
      const chosen = [...(request.pairs ?? []), ...request.unchosen].map(formatTarget);
      const to = chosen.length === 0 ? [] : ['--to', chosen.join(',')];
      const share = request.share === null ? [] : ['--share', `1/${request.share}`];
      const budget = request.budgetSeconds === null ? [] : ['--budget', `${request.budgetSeconds}s`];
      const level = ['--level', request.level];
      const named = request.snapshot ? ['--snapshot', request.snapshot] : [];
      return command('verify', request.subvolume, ...to, ...named, ...level, ...share, ...budget);
    }
    case 'extract':
      return extractCommand(request);
  }
}

/** The replication that an import is must not be pasted as one: it would go over the line. */
const importCommand = (
  { subvolume, targets: [target] }: ReplicationRequest,
  { server, directory, identity }: SeedSource,
): string =>
  target
    ? command(...importWords({ subvolume, place: { server, directory }, target, identity }))
    : command('seed', 'import', directory);

const importWords = ({ subvolume, place, target, identity }: Omit<SeedImportRequest, 'verb'>): string[] => [
  ...['seed', 'import', place.directory, '--server', formatTarget(target), '--subvolume', subvolume],
  ...(identity === null ? [] : ['--identity', identity]),
  ...(place.server === null ? [] : ['--on-server']),
];

function seedWords(request: SeedRequest): string[] {
  if (request.verb === 'import') return importWords(request);
  const { place } = request;
  const there = place.server === null ? [] : ['--on-server'];
  const { subvolume, snapshot, base, splitBytes, compress, recipient } = request;
  return [
    ...['seed', 'export', subvolume, snapshot, '--output', place.directory],
    ...(base === null ? [] : ['--base', base]),
    ...['--split', `${splitBytes / 2 ** 20}M`],
    ...(compress === null ? [] : ['--compress', compress]),
    ...(recipient === null ? [] : ['--encrypt', `age:${recipient}`]),
    ...there,
  ];
}

function extractCommand(request: ExtractRequest): string {
  const { undo, subvolume, source, fromPath, paths, to, server, overwrite, removes, include, exclude } =
    request;
  if (undo !== undefined) return command('restore', 'undo', String(undo), request.force ? '--force' : '');
  const isBytes = !paths.every(isPlainName);
  return command(
    ...(['snapshot', 'extract', '--from', source] as const),
    ...(isBytes ? ['--bytes'] : []),
    ...(to === null ? [] : ['--to', to]),
    ...(server === null ? ['--here'] : []),
    ...(overwrite === 'always' ? [] : ['--overwrite', overwrite]),
    ...(removes ? ['--delete'] : []),
    ...include.flatMap((pattern) => ['--include', pattern]),
    ...exclude.flatMap((pattern) => ['--exclude', pattern]),
    // Behind the dashes nothing is taken for an option.
    ...['--', subvolume, fromPath, ...(isBytes ? paths.map(hexOf) : paths)],
  );
}

const restoreCommand = (
  subvolume: string,
  { server, path }: SentBack,
  more: readonly string[] = [],
): string => command('snapshot', 'restore', subvolume, path, '--from', server, ...more);

const onServer = (server: string | null): string[] => (server === null ? [] : ['--server', server]);

/** With their time zone. */
export function rulesWords(rules: RetentionRules): string[] {
  const age = rules.minAgeSeconds === 0 ? [] : ['--min-age', String(rules.minAgeSeconds)];
  // Another machine has another zone of its own, and other days with it.
  const rest = [...age, '--timezone', rules.timeZone];
  if (rules.kind === 'per-period') return ['--per', rules.per, '--keep', String(rules.keep), ...rest];
  const levels = (['last', ...LADDER_LEVELS] as const).filter((level) => rules[level] > 0);
  return [...levels.flatMap((level) => [`--${level}`, String(rules[level])]), ...rest];
}
