/** Decides how a process starts another or becomes another program, and which processes a signal to a group reaches. */
import { Errno } from '../errno.ts';
import type { OpenFile } from '../files/open-file.ts';
import type { Process, Program, SignalName } from '../machine/machine.ts';

/** A child is in the group of its parent, unless it is given one of its own. */
export type Group = Set<Process>;
const groups = new WeakMap<Process, Group>();

function groupOf(process: Process): Group {
  const known = groups.get(process);
  if (known !== undefined) return known;
  const made = new Set([process]);
  groups.set(process, made);
  return made;
}

function join(process: Process, group: Group): void {
  for (const member of group) {
    if (member.machine.process(member.pid) !== member) group.delete(member);
  }
  group.add(process);
  groups.set(process, group);
}

/** As `setsid` does. */
export function leaveGroup(process: Process): void {
  groups.get(process)?.delete(process);
  groups.set(process, new Set([process]));
}

export function killGroup(group: Group, signal: SignalName): void {
  for (const member of group) member.kill(signal);
}

export const retained = (fds: ReadonlyMap<number, OpenFile>): Map<number, OpenFile> =>
  new Map([...fds].map(([fd, file]) => [fd, file.retain()]));

/** Hands `file` over to the table, whose own is let go. */
export function putFile(fds: Map<number, OpenFile>, fd: number, file: OpenFile): void {
  fds.get(fd)?.release();
  fds.set(fd, file);
}

interface Child {
  readonly argv: readonly string[];
  readonly env?: ReadonlyMap<string, string>;
  /** Retained for it; without: those of its parent. */
  readonly fds?: ReadonlyMap<number, OpenFile>;
  readonly group?: Group;
}

export function startChild(parent: Process, child: Child, program: Program): Process {
  const { argv, env = parent.env, fds = retained(parent.fds), group = groupOf(parent) } = child;
  const process = parent.machine.spawn({ argv, env, cwd: parent.cwd, umask: parent.umask, fds }, program);
  join(process, group);
  return process;
}

/** Runs another program in place of this one. Null: there is none of that name. */
export async function become(process: Process, argv: readonly string[]): Promise<number | null> {
  const program = process.machine.program(argv[0] ?? '');
  if (program === undefined) return null;
  process.argv = argv;
  try {
    return await program(process);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    await process.complain(`${argv[0] ?? ''}: ${error.message}`);
    return 1;
  }
}
