/**
 * From now on a signal comes here and no longer to who took it before. The new listener comes before the others go:
 * with none, Node loses a signal that has arrived and was not delivered yet.
 */
export function takeSignal(name: NodeJS.Signals, listener: (name: NodeJS.Signals) => void): void {
  const others = process.listeners(name);
  process.on(name, listener);
  for (const other of others) process.off(name, other);
}
