/** Decides what README.txt says beside a seed: how it is imported without btrfleet. */
import { harmless } from '../../model/harmless.ts';
import type { SeedManifest } from '../../model/runs/seed.ts';

/** Its two indented lines are run as they stand, in the directory of the seed. */
export function readmeText(manifest: SeedManifest): string {
  const { server, subvolume, snapshot, base, encrypt, parts, compress } = manifest;
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const through = [
    'cat seed.[0-9][0-9][0-9][0-9]',
    ...(encrypt === null ? [] : ['age -d -i "$IDENTITY"']),
    ...(compress === null ? [] : ['zstd -q -d -c']),
    'btrfs receive "$TARGET"',
  ];
  return [
    'This directory is a seed: a btrfs snapshot as files, written by btrfleet.',
    '',
    `Subvolume: ${harmless(subvolume)} of ${harmless(server)}`,
    `Snapshot:  ${snapshot.name}`,
    `Origin id: ${snapshot.originId}`,
    base === null
      ? 'Builds on:  nothing, it is in full'
      : `Builds on:  ${harmless(base.name)}, origin id ${base.originId}`,
    `Parts:     ${parts.length}, ${bytes} bytes`,
    '',
    'With btrfleet: "btrfleet seed import DIRECTORY --server SERVER", on its manager. It checks all parts, puts the',
    'replica where the next replication looks for it, and needs nothing of what follows.',
    '',
    'Without btrfleet: as root, in this directory, with TARGET set to a directory of a btrfs filesystem',
    ...(encrypt === null ? [] : ['and IDENTITY to the file with the key of age']),
    '(TARGET=/mnt/pool). Both lines must end well; the second receives only what the first has checked.',
    ...(base === null ? [] : ['The filesystem must hold what the seed builds on, received or original.']),
    '',
    '    sha256sum -c SHA256SUMS',
    `    ${through.join(' | ')}`,
    '',
    'What "btrfs receive" makes is whole when "btrfs subvolume show" says "Received UUID" with the origin id above.',
    '',
  ].join('\n');
}
