/** Waits; wakes early when it is no longer wanted. */

export function nap(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', wake);
    resolve();
  };
  const timer = setTimeout(wake, milliseconds);
  if (signal.aborted) wake();
  else signal.addEventListener('abort', wake, { once: true });
  return promise;
}
