/** The program `btrfs`: decides which verb was asked for. */
import type { Program } from '../../machine/machine.ts';
import { type Known, machineFiles, NotSimulated, parseOptions, Refusal, type Verb } from './call.ts';
import { FILESYSTEM_VERBS } from './filesystem-verbs.ts';
import { HEALTH_VERBS } from './health-verbs.ts';
import { LIST_OPTIONS, list } from './list.ts';
import { PROPERTY_OPTIONS, PROPERTY_VERBS } from './property-verbs.ts';
import { RECEIVE_OPTIONS, receive, SEND_OPTIONS, send } from './streams.ts';
import { SUBVOLUME_VERBS } from './subvolume-verbs.ts';

export const VERSION = 'btrfs-progs v6.6.3';

interface Entry extends Known {
  readonly run: Verb;
}

const entry = (run: Verb, ...flags: string[]): Entry => ({ run, flags, values: [] });

const VERBS: Readonly<Record<string, Entry>> = {
  'subvolume create': entry(SUBVOLUME_VERBS.create),
  'subvolume delete': entry(SUBVOLUME_VERBS.remove),
  'subvolume snapshot': entry(SUBVOLUME_VERBS.snapshot, '-r'),
  'subvolume list': { run: list, ...LIST_OPTIONS },
  'subvolume show': entry(SUBVOLUME_VERBS.show),
  'subvolume get-default': entry(SUBVOLUME_VERBS.getDefault),
  'subvolume sync': entry(SUBVOLUME_VERBS.sync),
  'filesystem usage': entry(FILESYSTEM_VERBS.usage, '-b'),
  'filesystem du': entry(FILESYSTEM_VERBS.du, '-s', '--raw'),
  'filesystem sync': entry(FILESYSTEM_VERBS.sync),
  'property get': { run: PROPERTY_VERBS.get, ...PROPERTY_OPTIONS },
  'property set': { run: PROPERTY_VERBS.set, ...PROPERTY_OPTIONS },
  'device stats': entry(HEALTH_VERBS.deviceStats),
  'scrub status': entry(HEALTH_VERBS.scrubStatus, '-R'),
  'scrub start': entry(HEALTH_VERBS.scrubStart, '-B'),
  'qgroup show': entry(FILESYSTEM_VERBS.qgroups, '--raw'),
  send: { run: send, ...SEND_OPTIONS },
  receive: { run: receive, ...RECEIVE_OPTIONS },
};

const GROUPS = [...new Set(Object.keys(VERBS).map((name) => name.split(' ')[0] ?? ''))];

/** Words may be cut short as far as they stay clear; one in full is always clear. */
function meant(word: string, known: readonly string[]): string {
  if (known.includes(word)) return word;
  const [only, another] = known.filter((one) => word !== '' && one.startsWith(word));
  return only !== undefined && another === undefined ? only : word;
}

function chosen(words: readonly string[]): { name: string; rest: readonly string[] } {
  const [first = '', second = '', ...rest] = words;
  const group = meant(first, GROUPS);
  if (group in VERBS) return { name: group, rest: words.slice(1) };
  const verbs = Object.keys(VERBS).flatMap((name) =>
    name.startsWith(`${group} `) ? name.slice(group.length + 1) : [],
  );
  return { name: `${group} ${meant(second, verbs)}`.trim(), rest };
}

export const btrfs: Program = async (process) => {
  const words = process.argv.slice(1);
  if (words[0] === '--version' || words[0] === 'version') {
    await process.write(`${VERSION}\n`);
    return 0;
  }
  try {
    const { name, rest } = chosen(words);
    const found = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
    if (found === undefined) throw new NotSimulated(name);
    const asked = parseOptions(name, rest, found);
    const files = machineFiles(process);
    return await found.run({ process, files, now: files.now(), ...asked });
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof NotSimulated)) throw error;
    await process.complain(error instanceof Refusal ? `ERROR: ${error.message}` : error.message);
    return 1;
  }
};
