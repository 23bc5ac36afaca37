/** What `npm pack` makes, installed as users install it: one package, and the lines of the documents work with it. */
import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { must, run } from '../../../scripts/lab/run-command.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const prefix = mkdtempSync(join(tmpdir(), 'btrfleet installed-'));
after(() => rmSync(prefix, { recursive: true, force: true }));

const npm = (...args: readonly string[]) => must(['npm', '--prefix', ROOT, ...args]);
const packed = JSON.parse(await npm('pack', ROOT, '--json', '--pack-destination', prefix)) as readonly {
  filename: string;
  files: readonly { path: string }[];
}[];
const [tarball] = packed;
assert.ok(tarball);
// Offline: what is not in the package cannot be fetched.
await must([
  'npm',
  ...['install', '--global', '--offline', '--no-audit', '--no-fund', '--prefix', prefix],
  join(prefix, tarball.filename),
]);
symlinkSync(process.execPath, join(prefix, 'bin/node'));

/** As cron does it: https://man7.org/linux/man-pages/man5/crontab.5.html. */
const asCron = (line: string): readonly string[] => {
  const [, text = ''] = /^(?:\S+\s+){5}(.*)$/.exec(line) ?? [];
  const environment = ['PATH=/usr/bin:/bin', `HOME=${prefix}`, 'LOGNAME=root', 'SHELL=/bin/sh'];
  return ['env', '-i', ...environment, '/bin/sh', '-c', text.replaceAll('\\%', '%')];
};

test('the program is in the package, and nothing else is installed with it', async () => {
  for (const file of ['dist/btrfleet.mjs', 'dist/program.mjs', 'dist/core.mjs', 'dist/types/library.d.ts'])
    assert.ok(tarball.files.some(({ path }) => path === file));
  assert.deepEqual(readdirSync(join(prefix, 'lib/node_modules')), ['btrfleet']);
  assert.ok(!readdirSync(join(prefix, 'lib/node_modules/btrfleet')).includes('node_modules'));
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const said = await run([join(prefix, 'bin/node'), join(prefix, 'bin/btrfleet'), '--version']);
  assert.deepEqual([said.code, said.stdout, said.stderr], [0, `${version}\n`, '']);
});

test('the line of cron that setup-service prints works with cron’s few variables, % and spaces in paths', async () => {
  const state = join(prefix, '100% state');
  const call = [join(prefix, 'bin/node'), join(prefix, 'bin/btrfleet'), 'setup-service', '--cron'];
  const line = await must([...call, '--home', state]);
  const ended = await run(asCron(line.trimEnd()));
  assert.equal(ended.code, 0, `${line}${ended.stdout}${ended.stderr}`);
  assert.ok(readdirSync(state).includes('journal.db'));
});

test('the line of cron in the document works where both programs are in /usr/local/bin', async () => {
  const document = readFileSync(join(ROOT, 'docs/scheduler.md'), 'utf8');
  const [line] = /^\*\/15 .*btrfleet --schedule --once$/m.exec(document) ?? [];
  assert.ok(line);
  // In a mount namespace of its own: nobody else sees this.
  const script = 'mount --bind "$1" /usr/local && shift && exec "$@"';
  const ended = await run(['unshare', '--mount', 'sh', '-c', script, 'sh', prefix, ...asCron(line)]);
  assert.equal(ended.code, 0, `${ended.stdout}${ended.stderr}`);
  assert.match(ended.stderr, /started/);
});

/** A program of somebody else that depends on btrfleet; gives its directory. */
function consumer(name: string, files: Readonly<Record<string, string>>): string {
  const directory = join(prefix, name);
  mkdirSync(join(directory, 'node_modules/@types'), { recursive: true });
  symlinkSync(join(prefix, 'lib/node_modules/btrfleet'), join(directory, 'node_modules/btrfleet'));
  symlinkSync(join(ROOT, 'node_modules/@types/node'), join(directory, 'node_modules/@types/node'));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
  return directory;
}

test('the library opens a fleet; importing it prints nothing, listens to nothing and keeps nothing alive', async () => {
  const directory = consumer('runs', {
    'import.mjs': `
      const before = [...process.eventNames(), ...Object.getOwnPropertyNames(globalThis)];
      await import('btrfleet/core');
      const now = [...process.eventNames(), ...Object.getOwnPropertyNames(globalThis)];
      console.log(JSON.stringify([now.length - before.length, process.getActiveResourcesInfo().filter((one) => /Timeout|Server|Worker/.test(one))]));`,
    'open.mjs': `
      import { openFleet } from 'btrfleet/core';
      const opened = await openFleet({ home: process.argv[2], env: {}, clock: { now: () => 0 } });
      if (!opened.ok) throw new Error(opened.fault.message);
      const fleet = opened.value;
      const added = fleet.addServer({ name: 'a', host: '127.0.0.1', port: 1, auth: { kind: 'password' } }, { password: 'x' });
      const looked = await fleet.look();
      const { report } = (await fleet.run({ kind: 'task', task: 'none', snapshot: false })).value;
      const [run] = fleet.runs({ limit: 1 }).value;
      console.log(JSON.stringify([added.value.role, looked.value[0].status, report.fault.code, run.outcome, run.createdAt]));
      await fleet.close();
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) console.log(process.listenerCount(name));`,
  });
  const node = (file: string, ...args: readonly string[]) =>
    run([process.execPath, '--disable-warning=ExperimentalWarning', join(directory, file), ...args]);
  const imported = await node('import.mjs');
  assert.deepEqual([imported.code, imported.stdout, imported.stderr], [0, '[0,[]]\n', '']);
  const opened = await node('open.mjs', join(prefix, 'state of the library'));
  const [told, ...listeners] = opened.stdout.trimEnd().split('\n');
  const want = '["primary","offline","no-such-task","failed","1970-01-01T00:00:00.000Z"]';
  assert.deepEqual([opened.code, told, listeners, opened.stderr], [0, want, ['0', '0', '0'], '']);
});

test('a program in TypeScript that imports the library is checked against its types', async () => {
  const program = `
    import { type Fault, openFleet, snapshotByHand } from 'btrfleet/core';
    const opened = await openFleet({ home: '/nowhere' });
    if (opened.ok) {
      const { value: fleet } = opened;
      const ended = await fleet.run(snapshotByHand(['/data']), {
        onEvent: (event, job) => console.log(event.type, job.targets.length),
      });
      const id: number | Fault = ended.ok ? ended.value.id : ended.fault;
      console.log(id);
      await fleet.close();
    }`;
  const options = { module: 'nodenext', target: 'es2023', types: ['node'], strict: true, noEmit: true };
  const directory = consumer('typed', {
    'package.json': '{ "type": "module" }',
    'right.ts': program,
    'wrong.ts': program.replace('number | Fault', 'string'),
    'tsconfig.json': JSON.stringify({ compilerOptions: options, files: ['right.ts'] }),
    'wrong.json': JSON.stringify({ compilerOptions: options, files: ['wrong.ts'] }),
  });
  const tsc = (project: string) => run([join(ROOT, 'node_modules/.bin/tsc'), '-p', join(directory, project)]);
  const right = await tsc('tsconfig.json');
  assert.deepEqual([right.code, right.stdout], [0, '']);
  assert.match((await tsc('wrong.json')).stdout, /^.*wrong\.ts.* error TS2322:/);
});
