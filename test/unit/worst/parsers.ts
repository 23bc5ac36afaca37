/** The worst inputs of all that reads what servers print, but the look at what is mounted (inventories.ts). */
import { PassThrough, Readable } from 'node:stream';
import { sudoersLines } from '../../../src/core/btrfs/ask/commands.ts';
import { createLockReader } from '../../../src/core/btrfs/ask/lock-script.ts';
import { parseLocking } from '../../../src/core/btrfs/ask/locking-script.ts';
import { parseMarks } from '../../../src/core/btrfs/ask/marks.ts';
import { parseMeasuringRights } from '../../../src/core/btrfs/ask/measuring-rights.ts';
import { parseSendCode, parseSpoolStatus } from '../../../src/core/btrfs/ask/spool-script.ts';
import { parseProof } from '../../../src/core/btrfs/looks/proof.ts';
import { parseShowEach } from '../../../src/core/btrfs/looks/show-each.ts';
import { classify } from '../../../src/core/btrfs/messages/classify.ts';
import { isForeign, ownLines } from '../../../src/core/btrfs/messages/own-lines.ts';
import { sudoRefusal } from '../../../src/core/btrfs/messages/sudo-says.ts';
import { unsafePath } from '../../../src/core/btrfs/messages/unsafe-path.ts';
import { parseAutomounts } from '../../../src/core/btrfs/read/automounts.ts';
import { parseDeviceStats } from '../../../src/core/btrfs/read/device-stats.ts';
import { parseFindmnt } from '../../../src/core/btrfs/read/findmnt.ts';
import { parseInventory } from '../../../src/core/btrfs/read/inventory.ts';
import { parseListing } from '../../../src/core/btrfs/read/listing.ts';
import { parseMountinfoLine } from '../../../src/core/btrfs/read/mountinfo.ts';
import { createChangeReader } from '../../../src/core/btrfs/read/newest-change.ts';
import { parseScrub } from '../../../src/core/btrfs/read/scrub.ts';
import { parseBarred, parseSections } from '../../../src/core/btrfs/read/sections.ts';
import { createStreamReader } from '../../../src/core/btrfs/read/send-stream.ts';
import { parseReceived, parseShow } from '../../../src/core/btrfs/read/show.ts';
import { parseDuLine, parseQgroups } from '../../../src/core/btrfs/read/sizes.ts';
import { parseSnapshots } from '../../../src/core/btrfs/read/snapshots.ts';
import { parseStorage } from '../../../src/core/btrfs/read/storage.ts';
import { parseSubvolumeList } from '../../../src/core/btrfs/read/subvolume-list.ts';
import { parseUsage } from '../../../src/core/btrfs/read/usage.ts';
import { discoverFacts } from '../../../src/core/hosts/facts.ts';
import { createBeginMark } from '../../../src/core/hosts/port/begin-mark.ts';
import { createMeter, eachLine, wholeText } from '../../../src/core/hosts/port/bounded-output.ts';
import { PROBE, PROBE_INPUT } from '../../../src/core/hosts/port/login-shell.ts';
import { tailBuffer } from '../../../src/core/hosts/port/tail-buffer.ts';
import { harmlessLines } from '../../../src/core/model/harmless.ts';
import { ok } from '../../../src/core/model/result.ts';
import { hookResult } from '../../../src/core/run/snapshots/hook-outcome.ts';
import { serverAt } from '../hosts/sshd-fixture.ts';
import { BESIDE } from './beside.ts';
import { DIFFS } from './diffs.ts';
import { EXTRACTS } from './extracts.ts';
import { FILES } from './files.ts';
import { RESTORES } from './restores.ts';
import { SEEDS } from './seeds.ts';
import { COMMAND, endless, N, ofLines, ofParts, ofText, rows, type Worst } from './worst.ts';

const MIB = 1024 * 1024;
/** What is kept of stderr (hosts/channel-stream). */
const STDERR = 64 * 1024;
/** Lists, and the names of a directory (run/fleet, run/directory-lock). */
const LISTS = 64 * MIB;
/** `du` (run/measure-sizes). */
const DU = 4 * MIB;

const UUID = '00000000-0000-4000-8000-000000000001';

const LINE_PARSERS: readonly Worst[] = [
  ...ofLines(
    { title: 'device stats', feeds: [parseDeviceStats], most: COMMAND },
    [
      '[/dev/sda].write_io_errs    0',
      '[',
      '[/dev/sda].',
      '[/dev/sda].write_io_errs ',
      '[/dev/sda].write_io_errs 1',
    ],
    (lines) => [parseDeviceStats(lines), lines.map((line) => parseDeviceStats([line]))],
  ),
  ...ofLines(
    { title: 'scrub', feeds: [parseScrub], most: COMMAND },
    [
      'Status: finished',
      'Status:',
      'Duration: 0:',
      'Scrub started: Sat Nov 21',
      'csum_errors: ',
      'no stats available',
      '',
    ],
    parseScrub,
  ),
  ...ofLines(
    { title: 'usage', feeds: [parseUsage], most: COMMAND },
    [
      '    Device size:\t',
      '    Free (estimated):  1 (min: ',
      '    Global reserve: 1 (used: ',
      'Data,single: Size:1, Used:',
      'Data,',
      '  ',
    ],
    parseUsage,
  ),
  ...ofLines(
    { title: 'quota groups', feeds: [parseQgroups], most: COMMAND },
    ['0/5 16384 16384', '0/', '0/1 ', '0/1 2 ', ''],
    parseQgroups,
  ),
  ...ofLines(
    { title: 'du', feeds: [parseDuLine], most: DU },
    ['Total Exclusive', 'Total', '1 ', '1 2 - ', '1 2 3  /a', ''],
    (lines) => lines.map(parseDuLine),
  ),
  ...ofLines(
    { title: 'subvolume list', feeds: [parseSubvolumeList], most: LISTS },
    [
      'ID 1 gen 2 top level 5 path a',
      'ID ',
      'ID 1 gen 2 cgen 3 parent 5 top level 5 parent_uuid - ',
      'ID 1 gen 2 cgen 3 parent 5 top level 5 parent_uuid - received_uuid - uuid - ',
      'ID 1 gen 2 top level 5 otime ',
    ],
    (lines) => parseSubvolumeList('full', lines),
  ),
  ...ofLines(
    { title: 'mountinfo', feeds: [parseMountinfoLine], most: LISTS },
    [
      '1 2 0:40 / /m rw - btrfs /dev/a rw,subvolid=5,subvol=/',
      '1 2 0:',
      '1 2 0:40 / ',
      '1 2 0:40 / /m rw - btrfs x ,subvolid=',
    ],
    (lines) => lines.map(parseMountinfoLine),
  ),
  ...ofLines(
    { title: 'marks', feeds: [parseMarks], most: LISTS },
    [
      `/m/.snapshots/.btrfleet/owner/d/@${UUID}%3A`,
      '/m/.snapshots/.btrfleet/receiving/d/',
      '/m/.btrfleet/.snapshots/.btrfleet/owner/',
    ],
    (lines) => parseMarks('/m', lines),
  ),
  ...ofLines(
    { title: 'the names of a locked directory', feeds: [createLockReader, eachLine], most: LISTS },
    [`${N} locked`, `${N} listed `, '2026-11-20T08:05:01.123Z'],
    (lines) => {
      const reader = createLockReader(N);
      return eachLine(reader)(Buffer.from(`${N} locked\n${lines.join('\n')}\n`));
    },
  ),
];

const SHOWN = [
  '\tName: \t\t\ta',
  '\tUUID: \t\t\t',
  '\tFlags: \t\t\treadonly',
  '\tReceive time: 2026-',
  '\tReceive transid: ',
  '\tSnapshot(s):',
];

const classified = (stderr: string) =>
  (['snapshot', 'delete', 'send', 'receive', 'list', 'show', 'mkdir', 'rmdir', 'measure'] as const).map(
    (command) => classify({ command, stderr, code: 1, server: 'a', subject: '/srv/pool/data' }),
  );

const SAID = [
  'ERROR: ',
  'sudo: ',
  'stream version ',
  'parent subvolume ',
  'realpath ',
  'subvolume ',
  'encoded_write: ',
  'cannot snapshot ',
  'cannot delete ',
  'deleting default subvolume ',
  '/etc/sudoers:',
  'btrfleet-unsafe link - /',
];

const TEXT_PARSERS: readonly Worst[] = [
  ...ofText({ title: 'show', feeds: [parseShow, parseReceived], most: COMMAND }, SHOWN, (text) => [
    parseShow(text),
    parseShow(`\n${text}`),
    parseReceived(text),
  ]),
  ...ofText(
    { title: 'findmnt', feeds: [parseFindmnt], most: LISTS },
    ['{"filesystems": [', '"', '[', '{"a":'],
    parseFindmnt,
  ),
  ...ofText(
    { title: 'sections', feeds: [parseSections, parseBarred], most: LISTS },
    [`${N} `, `${N} end `, `${N} said`, '|'],
    (text) => [parseSections(N, text), parseBarred(N, text)],
  ),
  ...ofText(
    { title: 'the state of a spool', feeds: [parseSpoolStatus], most: COMMAND },
    ['1 ', ' ', `12 ${'a'.repeat(64)}`],
    parseSpoolStatus,
  ),
  ...ofText(
    { title: 'the code of a send', feeds: [parseSendCode], most: STDERR },
    [`${N} `, `${N} 1`],
    (text) => parseSendCode(N, text),
  ),
  ...ofText(
    { title: 'which directories can be locked', feeds: [parseLocking], most: COMMAND },
    [`${N} open`, `${N} `, `${N} end`],
    (text) => parseLocking(N, 3, text),
  ),
  ...ofText(
    { title: 'rights to measure', feeds: [parseMeasuringRights], most: COMMAND },
    [`${N} allowed`, `${N} `, `${N} end`],
    (text) => parseMeasuringRights(N, text),
  ),
  // Of a part of a script it is as long as that.
  ...ofText(
    { title: 'errors', feeds: [classify, ownLines, isForeign, sudoRefusal, unsafePath], most: LISTS },
    SAID,
    (text) => [classified(text), ownLines(text), sudoRefusal(text), unsafePath(text, 'a')],
  ),
  ...ofText(
    { title: 'output of a hook', feeds: [hookResult, harmlessLines], most: COMMAND },
    ['\u001b[', 'x'],
    (text) => [harmlessLines(text), hookResult({ code: 1, seconds: 1, output: text }, HOOK)],
  ),
];

const HOOK = {
  when: 'before',
  hook: { command: 'x', timeoutSeconds: 60 },
  required: true,
  subvolume: '/a',
  isOneOfMany: false,
  server: serverAt('a', 22, ''),
} as const;

const PART_PARSERS: readonly Worst[] = [
  ...ofParts(
    'snapshots',
    [parseSnapshots],
    ['already', 'made', 'show', 'back', 'before', 'after'],
    (output, count) => parseSnapshots(N, count, output),
  ),
  ...ofParts('several subvolumes', [parseShowEach], ['show'], (output, count) =>
    parseShowEach(N, count, output),
  ),
  ...ofParts('proofs', [parseProof], ['show', 'header'], (output, count) => parseProof(N, count, output)),
  ...RESTORES,
  ...SEEDS,
  ...EXTRACTS,
  ...FILES,
  ...BESIDE,
  ...DIFFS,
  ...ofParts(
    'storage',
    [parseStorage],
    ['usage', 'devices', 'scrub', 'quotas', 'qgroups', 'deleted'],
    (output, count) =>
      parseStorage({
        server: 'a',
        takenAt: '',
        nonce: N,
        output,
        sudoers: [],
        filesystems: Array.from({ length: count }, (_, index) => ({ uuid: UUID, mount: `/m/${index}` })),
      }),
  ),
  {
    title: 'the header of a stream, as long as the answer',
    feeds: [parseProof],
    most: COMMAND,
    input: (bytes) => {
      const output = [`${N} header 0`, ...endless(bytes, ' 62'), `${N} end 0`, ''].join('\n');
      return () => parseProof(N, 1, output);
    },
  },
];

const NEEDS = {
  needed: [['btrfs', 'send', '/']],
  harmless: ['mkdir', '-p', '--', '/'],
  sudoersLines,
} as const;

const PROVEN = `btrfleet-word:${PROBE}:btrfleet-word\nbtrfleet-facts:input ${PROBE_INPUT}btrfleet-facts:end\n`;

/** A server that says this to whatever it is asked first. */
function factsOf(text: string): () => unknown {
  const stream = async () => {
    const stdout = Readable.from([Buffer.from(text)]);
    return ok({
      stdin: new PassThrough().resume(),
      stdout,
      stderr: () => '',
      stop() {},
      done: new Promise((resolve) => stdout.once('close', () => resolve(ok({ code: 0, signal: null })))),
    });
  };
  return () => discoverFacts(serverAt('a', 22, ''), { stream, speak() {} } as never, NEEDS, () => 0);
}

const FACT_CASES: readonly Worst[] = (
  [
    ['the same key again and again', (bytes: number) => rows(bytes, () => 'btrfleet-facts:denied 0')],
    ['a key of its own each time', (bytes: number) => rows(bytes, (index) => `btrfleet-facts:k${index} x`)],
    [
      'what is lacking, without end',
      (bytes: number) => rows(bytes, (index) => `btrfleet-facts:lacks p${index}`),
    ],
    ['blanks', (bytes: number) => endless(bytes, ' ', 'x').map((line) => `${line.slice(1)}x`)],
    ['blanks and line ends', (bytes: number) => endless(bytes, ' ', 'x').flatMap((line) => [line, 'x'])],
    ['words of the probe', (bytes: number) => endless(bytes, 'btrfleet-word:')],
  ] as const
).flatMap(([kind, make]) =>
  ([true, false] as const).map((ends) => ({
    title: `facts: ${kind}${ends ? '' : ', and not to its end'}`,
    feeds: [discoverFacts],
    most: COMMAND,
    input: (bytes: number) => factsOf(`${make(bytes).join('\n')}x\n${ends ? PROVEN : ''}`),
  })),
);

/** The readers themselves: whatever the chunks, each byte is looked at a fixed number of times. */
const READER_CASES: readonly Worst[] = (
  [
    ['large chunks', 65_536],
    ['chunks of a few bytes', 7],
  ] as const
).flatMap(([kind, size]) =>
  (
    [
      ['lines', '\n'],
      ['no line end', 'x'],
      ['beginnings of the mark', 'btrfleet-begin'],
      ['zeros', '\0'],
    ] as const
  ).map(([what, unit]) => ({
    title: `${kind} of ${what}`,
    feeds: [
      createMeter,
      eachLine,
      wholeText,
      tailBuffer,
      createBeginMark,
      createStreamReader,
      createChangeReader,
    ],
    // So many calls are more than any of them needs.
    most: size === 7 ? 4 * MIB : LISTS,
    input: (bytes: number) => {
      const all = Buffer.alloc(bytes, unit);
      return () => {
        const meter = createMeter({ bytes: LISTS, lines: true });
        const [whole, tail, mark] = [wholeText(), tailBuffer(STDERR), createBeginMark()];
        const [sent, changed] = [createStreamReader(), createChangeReader()];
        const lines = eachLine(() => {});
        for (let at = 0; at < bytes; at += size) {
          const chunk = all.subarray(at, at + size);
          if (meter(chunk) !== null) break;
          lines(chunk);
          whole.add(chunk);
          tail.add(chunk);
          mark.pass(chunk);
          if (!sent.isBroken()) sent.push(chunk);
          if (!changed.isBroken()) changed.push(chunk);
        }
        return [whole.text(), tail.text(), mark.before()];
      };
    },
  })),
);

export const PARSERS: readonly Worst[] = [
  ...LINE_PARSERS,
  ...TEXT_PARSERS,
  ...PART_PARSERS,
  ...FACT_CASES,
  ...READER_CASES,
];

/** Fed with all of the inventory, not alone. */
export const WITHIN_INVENTORY = [parseInventory, parseListing, parseAutomounts];
