/** Files come back from the page that looks into a snapshot, and that is taken back in the History. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extracting } from '../fleet/extracts.ts';
import { eventually, TestFleet } from '../fleet/fleet.ts';
import { screens } from '../fleet/terminal.ts';

const open = screens();
const fleet = await TestFleet.up('screen-files', { servers: 1 });
const { on } = extracting(fleet);

test('what is marked is planned, shown, asked for, brought back, and taken back', async () => {
  const data = await fleet.subvolume('/srv/pool/data');
  await on(`cd ${data} && mkdir docs && echo was >docs/letter && echo was >note && echo was >other`);
  await fleet.snapshot(data);
  await on(`cd ${data} && rm -r docs && echo is >note && echo is >other`);
  const shown = (): Promise<string> => on(`cd ${data} && cat docs/letter note other 2>/dev/null || :`);

  const screen = await open({ home: fleet.home });
  await screen.until('1/1 up');
  await screen.keys('3');
  await screen.until(/▸ +\d{4}-\d\d-\d\dT/);
  await screen.keys('Enter');
  await screen.until(/▸ +data\.bin|▸ +docs/);
  // docs and note; other stays as it is.
  await screen.keys('g', 'j', 'Space', 'Space');
  await screen.until('2 marked');
  await screen.keys('B');
  await screen.answer(/1 replaced, 0 removed[\s\S]*before-files-/, 'y');
  await screen.until('2 files or directories of /srv/pool/data are being brought back');
  await screen.keys('7');
  await eventually(async () => assert.equal(await shown(), 'was\nwas\nis\n'));
  await screen.until(/extract +\/srv\/pool\/data ✓ OK/);

  await screen.keys('g', 'U');
  await screen.answer(/Take back run \d+\?/, 'y');
  await screen.until(/what run \d+ did is being taken back/);
  await eventually(async () => assert.equal(await shown(), 'is\nis\n'));
});
