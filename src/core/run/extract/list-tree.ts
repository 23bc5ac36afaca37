/** Asks a server what some paths of a tree hold: one command, its answer read as it comes. */

import { createTreeReader } from '../../btrfs/extract/read-tree.ts';
import { type TreeAsked, treeCommand, treeInput } from '../../btrfs/extract/tree-script.ts';
import { classify } from '../../btrfs/messages/classify.ts';
import { MIB, readOutput } from '../../hosts/port/bounded-output.ts';
import type { Host } from '../../hosts/port/host.ts';
import type { Tree } from '../../model/extract/tree.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { lacksTool, rootLines } from './faults.ts';

/** A million entries with paths of more than a hundred bytes, and what still fits into memory. */
const BOUND = { bytes: 256 * MIB, lines: false };
/** Seconds in which a disk says nothing. */
const SILENCE = 300;

/** Faults: no-such-snapshot (the root is another one, or gone), tool-missing, sudo-missing, refused (too many), and those of the connection. */
export async function listTree(
  host: Host,
  nonce: string,
  asked: TreeAsked,
  signal: AbortSignal,
): Promise<Result<Tree>> {
  const server = host.server.name;
  const opened = await host.stream(treeCommand(asked), {
    limit: { of: 'silence', seconds: SILENCE },
    signal,
  });
  if (!opened.ok) return opened;
  const stream = opened.value;
  const reader = createTreeReader(nonce, asked.paths);
  const about = { server, label: 'find', bound: BOUND };
  const end = readOutput(stream, about, (chunk) => {
    reader.push(chunk);
    if (reader.isFull) stream.stop();
  });
  stream.stdin.end(treeInput(nonce, asked));
  const ended = await end;
  const said = reader.result();
  if (said.kind === 'too-many') return failed(tooMany(server, asked.root));
  if (!ended.ok) return ended;
  switch (said.kind) {
    case 'tree':
      return ok(said.tree);
    case 'lacks':
      return failed(lacksTool(server, said.tool));
    case 'changed':
      return failed(isGone(server, asked.root));
    case 'unread':
      return failed(notListed(server, asked.root, stream.stderr()));
    case 'cut': {
      const { code } = ended.value;
      const stderr = stream.stderr();
      const sudoers = rootLines(host);
      if (code === 0 && stderr === '') return failed(notListed(server, asked.root, ''));
      return failed(classify({ command: 'measure', code, stderr, server, subject: asked.root, sudoers }));
    }
  }
}

const isGone = (server: string, root: string): Fault =>
  fault(
    'no-such-snapshot',
    `${root} on ${server} is not there any more, is another one than it was, or a symbolic link is on the way to it.`,
    'List the snapshots again, and take one that is there.',
    { server },
  );

const notListed = (server: string, root: string, stderr: string): Fault => {
  const [first = ''] = stderr.trim().split('\n');
  const said = first === '' ? '' : ` The server said: ${JSON.stringify(first.slice(0, 500))}.`;
  return fault(
    'listing-failed',
    `Not all of what was asked for in ${root} on ${server} could be listed, so nothing was done.${said}`,
    `Try again; "dmesg" on ${server} tells whether the disk is ill.`,
    { server, retry: true },
  );
};

const tooMany = (server: string, root: string): Fault =>
  fault(
    'refused',
    `More than a million files are concerned in ${root} on ${server}.`,
    'Name fewer of them at once, or bring the whole subvolume back with "snapshot restore".',
    { server },
  );
