#!/usr/bin/env node
/** Decides whether this Node can run the program, and starts it. Nothing else. */

const NEEDED = [22, 13] as const;

/** Written so that a Node too old for the rest of the program still gets this far and can say so. */
function tooOld(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return null;
  return `btrfleet needs Node ${NEEDED.join('.')} or newer; this is Node ${version} (${process.execPath}).`;
}

const complaint = tooOld(process.versions.node);
if (complaint !== null) {
  process.stderr.write(
    `${complaint}\nInstall a newer one (https://nodejs.org), then start btrfleet with it.\n`,
  );
  process.exitCode = 2;
} else if (process.argv.length === 3 && ['--version', '-V'].includes(process.argv[2] ?? '')) {
  // Monitoring asks for it often; it is answered without loading anything.
  const { version } = await import('./process/version.ts');
  process.stdout.write(`${version}\n`);
} else {
  const { keepCompiled } = await import('./process/compile-cache.ts');
  keepCompiled(process.env);
  const { main } = await import('./face.ts');
  await main(process.argv.slice(2));
}
