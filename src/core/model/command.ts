/** What is to be run on a server: words, never a line of shell. Only the ssh adapter turns words into a line. */

export type Argv = readonly [string, ...string[]];

export interface Command {
  readonly argv: Argv;
  /** Needs root: an adapter puts the server's privilege words (`sudo -n`) in front where it is not root itself. */
  readonly root: boolean;
}

/** A command that anybody may run. */
export const asUser = (...argv: Argv): Command => ({ argv, root: false });

/** A command that needs root. */
export const asRoot = (...argv: Argv): Command => ({ argv, root: true });
