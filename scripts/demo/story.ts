// What the demo shows, in order: a fleet, a snapshot, a full replication with one server down, an increment, a comparison,
// a file that is lost and comes back, and a subvolume that is lost with all its snapshots and comes back from a replica.
import { say } from './say.ts';
import { MOUNT, type Stage } from './stage.ts';

const DATA = `${MOUNT}/projects`;
const SNAPSHOTS = `${MOUNT}/.snapshots/projects`;

export async function tell(stage: Stage): Promise<void> {
  await enrol(stage);
  const first = await firstSnapshot(stage);
  await replicateInFull(stage, first);
  await replicateChange(stage);
  await compare(stage);
  await loseFile(stage);
  await loseAll(stage);
  await report(stage);
}

async function enrol(stage: Stage): Promise<void> {
  say.heading('Four servers, each with a btrfs and an sshd of its own. The first one becomes the primary');
  for (const { name, host, port } of stage.ground.servers) {
    const login = ['--user', 'root', '--key', '~/.ssh/id_ed25519'];
    const place = ['--host', host, ...(port === 22 ? [] : ['--port', String(port)])];
    await stage.btrfleet(['server', 'add', name, ...place, ...login, '--trust-first']);
  }
  await stage.btrfleet(['server', 'check']);
}

async function firstSnapshot(stage: Stage): Promise<string> {
  say.heading('A subvolume with real files on the primary, and a snapshot of it');
  await stage.on('a', `btrfs subvolume create ${DATA}`);
  await stage.fill('a', DATA, [
    'src',
    'test',
    'scripts',
    'node_modules/react',
    'node_modules/zod',
    'node_modules/esbuild',
  ]);
  say.line(
    `(on a: ${(await stage.on('a', `find ${DATA} -type f | wc -l`)).trim()} files were put into ${DATA})\n`,
  );
  await stage.btrfleet(['subvolume', 'list']);
  await stage.btrfleet(['snapshot', 'create', DATA]);
  return (await stage.on('a', `ls -1 ${SNAPSHOTS}`)).trim();
}

async function replicateInFull(stage: Stage, snapshot: string): Promise<void> {
  say.heading('Server d goes down. The snapshot is sent to b, c and d all the same');
  await stage.ground.kill('d');
  await stage.btrfleet(['replicate', 'full', DATA, snapshot, '--to', 'b,c,d'], 1);
  say.line('(exit code 1, because one target failed; nobody has to read the text to know it)');
}

async function replicateChange(stage: Stage): Promise<void> {
  say.heading('Something changes, d is back: b and c get the difference, d the whole');
  await stage.shown('a', `echo 'buy milk' > ${DATA}/notes`);
  await stage.btrfleet(['snapshot', 'create', DATA]);
  await stage.ground.start('d');
  await stage.btrfleet(['replicate', 'auto', DATA, '--to', 'b,c,d']);
}

/** Names, kinds, modes, owners, sizes, times, links and contents of everything below a directory, as one figure. */
const FINGERPRINT = `{
  find . -mindepth 1 -printf '%p %y %m %U:%G %s %T@ %l\\n' | sort
  find . -type f -print0 | sort -z | xargs -0 sha256sum
} | sha256sum | head -c 32`;

async function compare(stage: Stage): Promise<void> {
  say.heading(
    'Is it the same everywhere? Names, modes, owners, times and contents, summed up on each server itself',
  );
  const sums = new Set<string>();
  for (const { name } of stage.ground.servers) {
    const sum = (await stage.on(name, `cd "$(ls -1d ${SNAPSHOTS}/2* | tail -n 1)" && ${FINGERPRINT}`)).trim();
    say.line(`  ${name}  ${sum}`);
    sums.add(sum);
  }
  if (sums.size !== 1) throw new Error('the servers do not hold the same');
  say.line('\nYes: the four servers hold the same.');
}

const newestOf = async (stage: Stage): Promise<string> =>
  (await stage.on('a', `ls -1 ${SNAPSHOTS} | tail -n 1`)).trim();

async function loseFile(stage: Stage): Promise<void> {
  say.heading('Somebody deletes a file. Which versions of it are there, and where?');
  await stage.shown('a', `rm ${DATA}/notes`);
  await stage.btrfleet(['snapshot', 'versions', `${DATA}/notes`]);
  say.line(
    'The subvolume becomes what it was then; what is there now is kept beside it, and can be put back:\n',
  );
  await stage.btrfleet(['snapshot', 'restore', DATA, await newestOf(stage), '--yes']);
  const found = (await stage.on('a', `cat ${DATA}/notes`)).trim();
  if (found !== 'buy milk') throw new Error(`the file did not come back: ${found}`);
  say.line(`(on a: ${DATA}/notes says "${found}")`);
}

async function loseAll(stage: Stage): Promise<void> {
  say.heading('The worst: the subvolume and all its snapshots are gone. A replica has them');
  const newest = await newestOf(stage);
  await stage.shown('a', `btrfs subvolume delete ${DATA} ${DATA}.replaced-* ${SNAPSHOTS}/2*`);
  await stage.btrfleet(['snapshot', 'restore', DATA, newest, '--from', 'b', '--yes']);
  const [back, there] = [
    await stage.on('a', `cd ${DATA} && ${FINGERPRINT}`),
    await stage.on('b', `cd ${SNAPSHOTS}/${newest} && ${FINGERPRINT}`),
  ];
  if (back !== there) throw new Error('what came back is not what the replica holds');
  say.line(
    `  ${DATA} on a  ${back.trim()}\n  its replica on b       ${there.trim()}\n\nIt is all there again.`,
  );
}

async function report(stage: Stage): Promise<void> {
  say.heading('What is there, and what was done');
  await stage.btrfleet(['snapshot', 'list', DATA, '--server', 'b']);
  await stage.btrfleet(['run', 'list']);
}
