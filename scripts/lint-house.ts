// Checks the repository against the house rules (scripts/lint): what biome cannot know. Prints findings, exits 1.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { checkFile } from './lint/check-file.ts';
import { checkTree } from './lint/tree.ts';

const SKIPPED = new Set(['node_modules', 'dist', '.git']);

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : filesBelow(path);
    return entry.isFile() && !entry.name.endsWith('.log') ? [path] : [];
  });
}

const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'));
const files = filesBelow(root).flatMap((file) => {
  const text = readFileSync(file, 'utf8');
  return text.includes('\0') ? [] : [{ path: relative(root, file).split(sep).join('/'), text }];
});
const findings = [...files.flatMap(({ path, text }) => checkFile(path, text)), ...checkTree(files)];
for (const { path, line, rule, message } of findings) {
  process.stdout.write(`${path}:${line} ${rule}: ${message}\n`);
}
process.stdout.write(`house rules: ${files.length} files, ${findings.length} findings\n`);
process.exitCode = findings.length > 0 ? 1 : 0;
