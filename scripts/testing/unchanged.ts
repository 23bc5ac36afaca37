// Tells which test files need not run again, as all they are made of is what it was when they last passed. For somebody who
// works on a few files; a whole run, and CI, never ask.
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import type { Outcome } from './outcome.ts';

/** What tests read, start or compare with, without an import that shows it. */
const READ = [
  'package.json',
  'package-lock.json',
  'README.md',
  'docs/**',
  'examples/**',
  'scripts/**',
  'src/core/index.ts',
  'src/core/library/**',
  'test/**/fixtures/**',
  'test/ui/frames/**',
];

const NOTES = 'node_modules/.cache/btrfleet-passed.json';

interface Note {
  readonly hash: string;
  readonly outcome: Outcome;
}

export class Unchanged {
  readonly #root: string;
  readonly #metafile: Metafile;
  readonly #hashes = new Map<string, string>();
  readonly #common: string;
  readonly #notes: Record<string, Note>;

  constructor(root: string, metafile: Metafile) {
    this.#root = root;
    this.#metafile = metafile;
    const read = globSync(READ, { cwd: root }).filter((file) => statSync(join(root, file)).isFile());
    this.#common = digest([process.version, ...read.sort().map((file) => this.#contentOf(file))]);
    try {
      this.#notes = JSON.parse(readFileSync(join(root, NOTES), 'utf8'));
    } catch {
      this.#notes = {};
    }
  }

  /** What it came to when it passed; undefined: it has to run. */
  outcomeOf(file: string): Outcome | undefined {
    const note = this.#notes[file];
    return note?.hash === this.#hashOf(file) ? note.outcome : undefined;
  }

  /** Notes what passed; what failed or was left out for a reason of this machine runs again. */
  note(file: string, outcome: Outcome): void {
    if (outcome.failed > 0 || outcome.skipped > 0 || outcome.passed === 0) delete this.#notes[file];
    else this.#notes[file] = { hash: this.#hashOf(file), outcome };
  }

  write(): void {
    writeFileSync(join(this.#root, NOTES), JSON.stringify(this.#notes));
  }

  #hashOf(file: string): string {
    const seen = new Set([file]);
    for (const one of seen)
      for (const { path, external } of this.#metafile.inputs[one]?.imports ?? [])
        if (!external) seen.add(path);
    return digest([this.#common, ...[...seen].sort().map((one) => this.#contentOf(one))]);
  }

  #contentOf(file: string): string {
    const known = this.#hashes.get(file);
    if (known !== undefined) return known;
    const hash = digest([file, readFileSync(join(this.#root, file), 'utf8')]);
    this.#hashes.set(file, hash);
    return hash;
  }
}

const digest = (texts: readonly string[]): string =>
  createHash('sha256').update(texts.join('\0')).digest('hex');
