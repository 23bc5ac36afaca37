/**
 * Loads ssh2 when the first server is to be reached, not before: it costs a fifth of what a start costs, and the first
 * frame of the screen, and many a command, need no server.
 */
export const loadSsh2 = async (): Promise<typeof import('ssh2')> => {
  const loaded = await import('ssh2');
  return loaded.default;
};
