// What the demo stands on: servers that are reached by SSH, and what somebody at their consoles can do.

export interface Ground {
  /** Of its own; it goes with the ground. */
  readonly directory: string;
  readonly servers: readonly { readonly name: string; readonly host: string; readonly port: number }[];
  /** The private key that root logs in with. */
  readonly keyFile: string;
  /** Runs a line of shell as root on a server; what it prints. Throws when it fails. */
  run(server: string, line: string, signal: AbortSignal): Promise<string>;
  /** Puts files and folders below a root of this machine into a directory of a server. */
  fill(
    server: string,
    directory: string,
    what: { readonly root: string; readonly names: readonly string[] },
    signal: AbortSignal,
  ): Promise<void>;
  /** As a power cut: it is not reached any more. */
  kill(server: string): Promise<void>;
  start(server: string): Promise<void>;
  down(): Promise<void>;
}
