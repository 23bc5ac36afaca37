// The end of a chaos run as plain tables: faults by kind, checks by invariant, findings. Pure.
import type { Finding } from './books.ts';
import type { Tally } from './faults.ts';

export interface ChaosReport {
  readonly seed: number;
  readonly seconds: number;
  readonly slowness: number;
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly checks: ReadonlyMap<string, number>;
  readonly findings: readonly Finding[];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const pad = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => `  ${row.map(pad).join('  ').trimEnd()}\n`).join('');
}

export function formatReport({ seed, seconds, slowness, tallies, checks, findings }: ChaosReport): string {
  const names = [...tallies.keys()].sort();
  const done = names.filter((name) => (tallies.get(name)?.done ?? 0) > 0).length;
  const all = [...tallies.values()].reduce((sum, tally) => sum + tally.done, 0);
  const count = (invariant: string): number => findings.filter((one) => one.invariant === invariant).length;
  const invariants = [...new Set([...checks.keys(), ...findings.map(({ invariant }) => invariant)])].sort();
  return `seed ${seed}: ${all} faults of ${done} kinds in ${Math.round(seconds)} s; the machine was up to ${slowness.toFixed(1)} times slower than a quiet one

${table([
  ['fault', 'done', 'not possible'],
  ...names.map((name) => [
    name,
    String(tallies.get(name)?.done ?? 0),
    String(tallies.get(name)?.impossible || ''),
  ]),
])}
${table([
  ['invariant', 'checks', 'findings'],
  ...invariants.map((one) => [one, String(checks.get(one) ?? 0), String(count(one))]),
])}
${findings.length === 0 ? 'no findings\n' : `findings: ${findings.length}\n`}${findings
  .map(({ invariant, text }) => `  ${invariant}: ${text}\n`)
  .join('')}`;
}
