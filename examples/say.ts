// What every example does with an answer: goes on with the value, or tells the fault and ends.
import type { Result } from 'btrfleet/core';

export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

export function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  const { code, message, hint } = result.fault;
  process.stderr.write(`${message}\n${hint} (${code})\n`);
  process.exit(1);
}
