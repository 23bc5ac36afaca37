/** Decides that nothing which is at work for one is left behind because another failed. */

/** Waits for all; then throws what the first of them that failed threw. */
export async function allEnded(work: readonly Promise<unknown>[]): Promise<void> {
  for (const end of await Promise.allSettled(work)) if (end.status === 'rejected') throw end.reason;
}
