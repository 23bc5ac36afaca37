// Shows what a clean-up would keep, with every reason, and what it would delete. Nothing is changed.
//   node examples/preview-a-clean-up.ts SUBVOLUME LAST DAILY      how many to keep: the newest, and of days
import { deletedBy, keptBy, openFleet, type RetentionRules, reasonText } from 'btrfleet/core';
import { must, say } from './say.ts';

const [subvolume = '', last = '1', daily = '0'] = process.argv.slice(2);
const rules: RetentionRules = {
  kind: 'ladder',
  timeZone: 'UTC',
  minAgeSeconds: 0,
  ...{ last: Number(last), hourly: 0, daily: Number(daily), weekly: 0, monthly: 0, yearly: 0 },
};
const fleet = must(await openFleet());
const plan = must(await fleet.planCleanup({ subvolume, rules }));
for (const { snapshot, reasons } of keptBy(plan))
  say(`keep ${snapshot.name}: ${reasons.map(reasonText).join(', ')}`);
for (const { name } of deletedBy(plan)) say(`delete ${name}`);
await fleet.close();
