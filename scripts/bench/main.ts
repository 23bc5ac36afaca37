// npm run bench [-- NAME...]: measures, prints one table. A missed goal is news, not an error; a bench that breaks is.
import { installTools, mayInstall } from '../lab/install.ts';
import { LAB_TOOLS } from '../lab/requirements.ts';
import type { BenchRow } from './bench.ts';
import { BENCHES } from './registry.ts';
import { formatTable } from './table.ts';

const asked = process.argv.slice(2).filter((word) => word !== '--no-install');
const unknown = asked.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  process.stderr.write(
    `no bench called ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}\n`,
  );
  process.exit(2);
}

const lacks = await installTools({
  tools: LAB_TOOLS,
  allowed: mayInstall(process.argv, process.env),
  what: 'the bench',
  say: (line) => process.stderr.write(`${line}\n`),
});
if (lacks !== null) process.stderr.write(`${lacks}\n`);

const rows: BenchRow[] = [];
for (const [name, load] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  try {
    const bench = await load();
    rows.push(...(await bench.run((progress) => process.stderr.write(`${name}: ${progress}\n`))));
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${name} broke: ${error instanceof Error ? error.stack : String(error)}\n`);
  }
}
process.stdout.write(rows.length > 0 ? `${formatTable(rows)}\n` : 'nothing was measured\n');
