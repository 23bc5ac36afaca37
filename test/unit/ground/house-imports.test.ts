// The import rule of the house: who may import whom.
import assert from 'node:assert/strict';
import test from 'node:test';
import { checkFile } from '../../../scripts/lint/check-file.ts';

const findings = (path: string, text: string): string[] =>
  checkFile(path, text).map(({ line, rule, message }) => `${line} ${rule}: ${message}`);

const MODEL = 'src/core/model/server.ts';
const PLAN = 'src/core/plan/replication/base.ts';
const RUN = 'src/core/run/replication/replicate.ts';
const ENGINE = 'src/core/engine/claim.ts';
const CLI = 'src/cli/server/server.ts';
const MAIN = 'src/main.tsx';

for (const [title, path, text] of [
  ['the model imports its own files', MODEL, "import type { Fault } from './fault.ts';"],
  [
    'a plan imports the model',
    PLAN,
    "import { ok } from '../../model/result.ts';\nimport { older } from './age.ts';",
  ],
  [
    'hosts import ssh2 and programs',
    'src/core/hosts/ssh.ts',
    "import { Client } from 'ssh2';\nimport { spawn } from 'node:child_process';",
  ],
  [
    'run imports everything below it',
    RUN,
    "import { a } from '../../plan/a.ts';\nimport { b } from '../../btrfs/b.ts';\nimport { c } from '../../hosts/c.ts';",
  ],
  [
    'run takes events as values, streams as types',
    RUN,
    "import { once } from 'node:events';\nimport type { Readable } from 'node:stream';",
  ],
  [
    'the command line uses the engine',
    CLI,
    "import { Command } from 'commander';\nimport { serve } from '../../core/engine/serve.ts';",
  ],
  [
    'main picks a face lazily',
    MAIN,
    "import { argv } from 'node:process';\nconst face = await import('./face.ts');",
  ],
  [
    'a screen is drawn with ink',
    'src/screens/Servers/Servers.tsx',
    "import { Box } from 'ink';\nimport SelectInput from 'ink-select-input';\nimport { Table } from '../../components/Table.tsx';",
  ],
  ['a comment imports nothing', PLAN, "// import { readFileSync } from 'node:fs';\n/* import('ssh2') */"],
  ['a string imports nothing', PLAN, "export const kind = 'from';\nexport type Kind = 'a' | 'b';"],
  [
    'scripts and tests import anything',
    'scripts/lab/main.ts',
    "import { Client } from 'ssh2';\nimport '../../src/cli/server.ts';",
  ],
] as const) {
  test(title, () => assert.deepEqual(findings(path, `${text}\n`), []));
}

for (const [title, path, text, want] of [
  [
    'model imports a plan',
    MODEL,
    "import { a } from '../plan/a.ts';",
    '1 imports: src/core/model may not import from src/core/plan',
  ],
  [
    'model imports a package',
    MODEL,
    "import { z } from 'zod';",
    '1 imports: src/core/model may not import the package zod',
  ],
  [
    'plan imports a Node module',
    PLAN,
    "\nimport { join } from 'node:path';",
    '2 imports: src/core/plan may not import node:path',
  ],
  [
    '… without the prefix',
    PLAN,
    "import { join } from 'path';",
    '1 imports: src/core/plan may not import node:path',
  ],
  [
    '… as a type',
    PLAN,
    "import type { Stats } from 'node:fs';",
    '1 imports: src/core/plan may not import node:fs',
  ],
  [
    '… over several lines',
    PLAN,
    "import {\n  type A,\n  b,\n} from 'node:fs';",
    '1 imports: src/core/plan may not import node:fs',
  ],
  ['… for its effects', PLAN, "import 'node:fs';", '1 imports: src/core/plan may not import node:fs'],
  [
    '… passed on',
    PLAN,
    "export { join } from 'node:path';",
    '1 imports: src/core/plan may not import node:path',
  ],
  [
    '… lazily',
    PLAN,
    "const fs = await import('node:fs');",
    '1 imports: src/core/plan may not import node:fs',
  ],
  [
    'btrfs imports a plan',
    'src/core/btrfs/parse.ts',
    "import type { A } from '../plan/a.ts';",
    '1 imports: src/core/btrfs may not import from src/core/plan',
  ],
  [
    'run imports the engine',
    RUN,
    "import { a } from '../../engine/a.ts';",
    '1 imports: src/core/run may not import from src/core/engine',
  ],
  [
    'run reads files',
    RUN,
    "import { readFile } from 'node:fs/promises';",
    '1 imports: src/core/run may not import node:fs/promises',
  ],
  [
    'the engine starts a program',
    ENGINE,
    "import { spawn } from 'node:child_process';",
    '1 imports: src/core/engine may not import node:child_process: only src/core/hosts may',
  ],
  [
    'the command line opens a connection',
    CLI,
    "import type { Client } from 'ssh2';",
    '1 imports: src/cli may not import ssh2: only src/core/hosts may',
  ],
  [
    'the core draws',
    ENGINE,
    "import { Box } from 'ink';",
    '1 imports: src/core/engine may not import the package ink',
  ],
  [
    'a widget knows btrfs',
    'src/components/Table.tsx',
    "import type { S } from '../core/model/s.ts';",
    '1 imports: src/components may not import from src/core/model',
  ],
  [
    'the store drives',
    'src/store/actions.ts',
    "import { a } from '../core/hosts/a.ts';",
    '1 imports: src/store may not import from src/core/hosts',
  ],
  [
    'a screen goes past the store',
    'src/screens/X/X.tsx',
    "import { a } from '../../core/run/a.ts';",
    '1 imports: src/screens may not import from src/core/run',
  ],
  [
    'main imports a face at once',
    MAIN,
    "import { main } from './face.ts';",
    '1 imports: src/main.tsx may not import from src/face.ts except through import()',
  ],
  [
    'the face imports commands at once',
    'src/face.ts',
    "import { program } from './cli/program.ts';",
    '1 imports: src/face.ts may not import from src/cli except through import()',
  ],
  [
    'a room looks up into another one of its storey',
    'src/core/plan/catalog/catalog.ts',
    "import type { A } from '../retention/a.ts';",
    '1 imports: src/core/plan may not import from its room "retention" in "catalog"',
  ],
  [
    'a new folder has no row',
    'src/core/plan/fresh/a.ts',
    "import { b } from '../time/b.ts';",
    '1 imports: src/core/plan has no room "fresh" in the house',
  ],
  ['a file in no room', 'src/core/clock.ts', 'export const a = 1;', '1 room: is in no room of the house'],
  [
    'a file imports one that is in no room',
    PLAN,
    "import { a } from '../../../a.ts';",
    '1 imports: src/core/plan imports src/a.ts, which is no room of the house',
  ],
] as const) {
  test(`refused: ${title}`, () => assert.deepEqual(findings(path, `${text}\n`), [want]));
}
