// What the demo and the tests stand on: a few servers that SSH reaches, and what somebody at their consoles can do. A lab
// is one; simulated servers are another, for machines where no lab can be made.
import type { Outcome, RunOptions } from '../lab/run-command.ts';
import type { Slowness, SlowProxy } from '../lab/slow-proxy.ts';

export interface GroundServer {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** "SHA256:…", as it is now. */
  hostKeyFingerprint(): string;
}

export interface Ground {
  /** Of its own; it goes with the ground. */
  readonly directory: string;
  readonly servers: readonly GroundServer[];
  /** The private key that root logs in with. */
  readonly keyFile: string;
  readonly password: string;
  server(name: string): GroundServer;
  /** Runs a command (argv, or a line for sh) as root on a server, past its sshd. */
  exec(server: string, command: string | readonly string[], options?: RunOptions): Promise<Outcome>;
  /** As exec, but a non-zero exit throws. Gives its stdout. */
  must(server: string, command: string | readonly string[], options?: RunOptions): Promise<string>;
  /** Puts files and folders below a root of this machine into a directory of a server. */
  fill(
    server: string,
    directory: string,
    what: { readonly root: string; readonly names: readonly string[] },
    signal: AbortSignal,
  ): Promise<void>;
  /** A further btrfs, mounted below /srv, /mnt or /media; `size` as truncate takes it, 110M at least. */
  addFilesystem(server: string, mountPoint: string, size: string): Promise<void>;
  /** Mounts `subvolume` (a path below the top level) of the filesystem at `mount` at a further place. */
  mountSubvolume(server: string, mount: string, subvolume: string, mountPoint: string): Promise<void>;
  umount(server: string, mountPoint: string): Promise<void>;
  /** Mounts a further disk again that was unmounted, with all that is on it; `at`: at another place than before. */
  plugIn(server: string, mountPoint: string, at?: string): Promise<void>;
  /** A way to a server that is slow; it ends with the ground, or by its close(). */
  slowProxy(server: string, slowness: Slowness): Promise<SlowProxy>;
  /** What still runs on a server besides its sshd. */
  leftovers(server: string): readonly { readonly pid: number; readonly argv: readonly string[] }[];
  /** As a power cut: everything on it ends, and it is not reached any more. */
  kill(server: string): Promise<void>;
  start(server: string): Promise<void>;
  down(): Promise<void>;
}
