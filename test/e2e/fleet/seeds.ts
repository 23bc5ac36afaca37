/** For tests of seeds: the words that write and read one, and looks at its files with other tools than btrfleet. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SeedManifest, SeedReport } from '../../../src/core/model/runs/seed.ts';
import type { TestFleet } from './fleet.ts';

export const seeding = (fleet: TestFleet) => ({
  /** A directory of this machine that only its login may write in, with a name that shells do not like. */
  place: (name: string): string => {
    const above = join(fleet.home, `it's a\n"disk" $(x)`);
    // An export makes none on the root filesystem, and takes none that others may write in, whatever the umask is here.
    mkdirSync(join(above, name), { recursive: true, mode: 0o700 });
    return join(above, name);
  },
  exportTo: (
    directory: string,
    subvolume: string,
    name: string,
    ...more: readonly string[]
  ): Promise<SeedReport> =>
    fleet.ok<SeedReport>([
      'seed',
      'export',
      subvolume,
      name,
      '--output',
      directory,
      '--split',
      '1M',
      ...more,
    ]),
  importTo: (server: string, directory: string, ...more: readonly string[]): Promise<SeedReport> =>
    fleet.ok<SeedReport>(['seed', 'import', directory, '--server', server, ...more]),
  /** What an import is refused with, having touched nothing there. */
  refused: async (server: string, directory: string, ...more: readonly string[]) => {
    const before = await listing(fleet, server);
    const refusal = await fleet.fault('seed', 'import', directory, '--server', server, ...more);
    assert.equal(await listing(fleet, server), before);
    return refusal;
  },
});

/** Everything on its disk that is a subvolume, or a mark. */
const listing = (fleet: TestFleet, server: string): Promise<string> =>
  fleet.lab.must(server.split(':')[0] ?? '', [
    'sh',
    '-c',
    'btrfs subvolume list -puR /srv/pool; find /srv/pool/.snapshots 2>/dev/null | sort',
  ]);

export const manifestIn = (directory: string): SeedManifest =>
  JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as SeedManifest;

export const partsIn = (directory: string): string[] =>
  existsSync(directory)
    ? readdirSync(directory)
        .filter((name) => /^seed\.\d{4}$/.test(name))
        .toSorted()
    : [];

/** As README.txt says, by its first line. */
export const sumsAreRight = (directory: string): void => {
  execFileSync('sh', ['-ec', 'sha256sum --status -c SHA256SUMS'], { cwd: directory });
};

/** The indented lines of README.txt. */
export const linesOf = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line.startsWith('    '))
    .join('\n');
