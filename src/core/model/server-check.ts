/** What a look at a server says of it: whether it can be worked with, what it is, and what it holds. */
import type { Fault } from './fault.ts';
import type { Inventory } from './inventory.ts';
import type { Server } from './server.ts';

/** Found out once per connection. */
export interface HostFacts {
  readonly privilege: 'root' | 'sudo' | 'none';
  /** Words in front of a command that needs root: none as root, else `sudo -n`. */
  readonly sudo: readonly string[];
  /** The lines for sudoers that allow the login what btrfleet needs, with the paths sudo finds there. */
  readonly sudoers: readonly string[];
  /** `uname -r`. */
  readonly kernel: string;
  /** Version of btrfs-progs, such as `6.2`; null when there is no `btrfs`. */
  readonly btrfsProgs: string | null;
  /** What the kernel can send: 1, 2, … (`/sys/fs/btrfs/features/send_stream_version`); 1 where it does not say. */
  readonly sendStreamVersion: number;
  /** Round trip of one command on the open connection, in seconds. */
  readonly latencySeconds: number;
  /** Why btrfleet cannot work there although it is connected (no btrfs-progs, no sudo right); null: it can. */
  readonly fault: Fault | null;
}

/** `untrusted`: its host key is not the one that is trusted, or none is yet. `unauthorized`: it does not let the login in. */
export type ServerStatus = 'online' | 'offline' | 'untrusted' | 'unauthorized';

/** One server, as it was found just now. */
export interface ServerCheck {
  readonly server: Server;
  readonly status: ServerStatus;
  /** Null while it could not be reached. */
  readonly facts: HostFacts | null;
  readonly inventory: Inventory | null;
  /** Why it cannot be worked with; an online server may have one too (no btrfs-progs, a listing that failed). */
  readonly fault: Fault | null;
}
