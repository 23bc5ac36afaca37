/** Decides whether the files of a seed are those that its manifest names. */
import type { SeedManifest, SeedPart } from '../../model/runs/seed.ts';

/** By their sizes alone, which costs nothing. Empty: nothing is wrong. `odd`: what is no plain file. */
export function wrongFiles(
  { parts }: Pick<SeedManifest, 'parts'>,
  { files, odd }: { readonly files: ReadonlyMap<string, number>; readonly odd: readonly string[] },
): string[] {
  const names = new Set(parts.map(({ name }) => name));
  const strange = [...files.keys(), ...odd].filter((name) => /^seed\.\d{4}$/.test(name) && !names.has(name));
  const wrong = parts.flatMap(({ name, bytes }) => {
    const size = files.get(name);
    if (odd.includes(name)) return [`${name} is no plain file`];
    if (size === undefined) return [`${name} is missing`];
    return size === bytes ? [] : [`${name} has ${size} bytes instead of ${bytes}`];
  });
  return [...wrong, ...strange.map((name) => `${name} does not belong to it`)];
}

/** By their contents. `found`: by number from 1; what is not in it was not read. */
export const wrongParts = (
  { parts }: Pick<SeedManifest, 'parts'>,
  found: ReadonlyMap<number, Omit<SeedPart, 'name'> | null>,
): string[] =>
  parts.flatMap(({ name, bytes, sha256 }, index) => {
    const part = found.get(index + 1);
    if (!part) return [`${name} cannot be read`];
    if (part.bytes !== bytes) return [`${name} has ${part.bytes} bytes instead of ${bytes}`];
    return part.sha256 === sha256 ? [] : [`${name} has other contents`];
  });
