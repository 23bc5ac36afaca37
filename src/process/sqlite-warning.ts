/** Decides that nobody is told that Node 22 calls its SQLite experimental. Every other warning is left as it is. */

/**
 * To be called before node:sqlite is loaded. What of it is used here is the same in every Node from 22.13 on, and a line
 * on stderr at every call would be taken for trouble.
 */
export function keepSqliteQuiet(): void {
  const emit = process.emitWarning;
  const filtered = (warning: string | Error, ...more: unknown[]): void => {
    const aboutSqlite =
      typeof warning === 'string' && warning.startsWith('SQLite is an experimental feature');
    if (aboutSqlite && more[0] === 'ExperimentalWarning') return;
    Reflect.apply(emit, process, [warning, ...more]);
  };
  process.emitWarning = filtered;
}
