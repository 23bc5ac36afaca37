/** What became different in a directory of a snapshot, seen beside the list of files. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extracting } from '../fleet/extracts.ts';
import { TestFleet } from '../fleet/fleet.ts';
import { screens } from '../fleet/terminal.ts';

const open = screens();
const fleet = await TestFleet.up('screen-compare', { servers: 1 });
const { on } = extracting(fleet);

test('a directory shows what is in it, and what is different in it now, however deep', async () => {
  const data = await fleet.subvolume('/srv/pool/data');
  await on(
    `cd ${data} && mkdir -p docs/sub other && echo was >docs/sub/letter && echo was >docs/bill && echo was >other/note`,
  );
  await fleet.snapshot(data);
  await on(`cd ${data} && rm docs/bill && echo is >docs/sub/fresh`);
  const before = await on('ls /srv/pool/.snapshots/data');

  const screen = await open({ home: fleet.home });
  await screen.until('1/1 up');
  await screen.keys('3');
  await screen.until(/▸ +\d{4}-\d\d-\d\dT/);
  await screen.keys('Enter');
  await screen.until(/▸ +docs|▸ +data\.bin/);
  // data.bin, docs, other.
  await screen.keys('g', 'j');
  await screen.until(/4 B .* bill[\s\S]* sub\//);
  await screen.keys('c');
  await screen.until(/In all: 1 added, 1 removed/);
  await screen.until(/removed +docs\/bill/);
  await screen.until(/added .* docs\/sub\/fresh/);
  await screen.keys('j');
  await screen.until('The same as now.');
  // What was made for it is gone again.
  assert.equal(await on('ls /srv/pool/.snapshots/data'), before);
});
