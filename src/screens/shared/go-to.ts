/** Goes to the page where something is mended, with the object it is about under the cursor. */
import type { Mend } from '../../core/model/status/dashboard.ts';
import { formatTarget } from '../../core/model/target.ts';
import { type App, change } from '../../store/app.ts';
import { patchList } from '../lists/lists.ts';
import { AUTOMATION_TABS, HISTORY_TABS, LIST_IDS, MONITORING_TABS } from './tabs.ts';

export function goTo(app: App, mend: Mend): void {
  const { tabs, full, page: here, trail } = app.store.getState();
  const { page, object } = mend;
  change(app, { page, trail: [...trail, here], filtering: false });
  switch (page) {
    case 'servers':
      stand(app, LIST_IDS.servers, object);
      return;
    case 'snapshots':
      if (object !== null) change(app, { subvolume: object });
      return;
    case 'automation': {
      const tab = AUTOMATION_TABS.findIndex(({ id }) => id === (mend.tab ?? 'tasks'));
      change(app, { tabs: { ...tabs, automation: tab } });
      stand(app, LISTS[mend.tab ?? 'tasks'], object);
      return;
    }
    case 'replication':
      if (object !== null)
        change(app, { tabs: { ...tabs, replication: 0 }, full: { ...full, subvolume: object } });
      return;
    case 'history': {
      const tab = HISTORY_TABS.findIndex(({ id }) => id === 'runs');
      change(app, { tabs: { ...tabs, history: tab } });
      stand(app, LIST_IDS.runs, object);
      return;
    }
    case 'monitoring': {
      const tab = MONITORING_TABS.findIndex(({ id }) => id === 'filesystem');
      change(app, { tabs: { ...tabs, monitoring: tab } });
      stand(app, LIST_IDS.filesystems, filesystemKey(app, object));
      return;
    }
  }
}

const LISTS = {
  snapshots: LIST_IDS.snapshotPolicies,
  retention: LIST_IDS.retentionPolicies,
  tasks: LIST_IDS.tasks,
  verify: LIST_IDS.verifyPolicies,
} as const;

/** As its list names it. */
function filesystemKey(app: App, object: string | null): string | null {
  const { dashboard } = app.store.getState();
  const all = dashboard?.servers.flatMap(({ server, filesystems }) =>
    filesystems.map(({ mount, uuid }) => ({
      name: formatTarget({ server, mount }),
      key: `${server} ${uuid}`,
    })),
  );
  return all?.find(({ name }) => name === object)?.key ?? null;
}

/** What a filter hides could not be stood upon. */
function stand(app: App, list: string, object: string | null): void {
  if (object !== null) patchList(app, list, { cursor: object, filter: '' });
}
