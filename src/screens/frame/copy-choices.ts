/** Decides what can be copied of what the cursor stands on, the equivalent command line among it. */
import { command } from '../../core/model/command-line.ts';
import type { Entry } from '../../store/automation-actions.ts';
import type { AppState, Choice } from '../../store/state.ts';
import { formatName } from '../../text/format.ts';
import { entryAtCursor } from '../Automation/views.ts';
import { filesTexts } from '../files/copy.ts';
import { isBrowsing } from '../files/list.ts';
import { chosenReceiver, chosenRun, chosenTransfer } from '../History/views.ts';
import { cursorPlace } from '../lists/lists.ts';
import { fullChoice, fullRequest } from '../Replication/full-choice.ts';
import { incrementalChoice, incrementalRequest } from '../Replication/incremental-choice.ts';
import { serversList } from '../Servers/list.ts';
import { snapshotsList } from '../Snapshots/list.ts';
import {
  retentionPolicyCommand,
  snapshotPolicyCommand,
  taskCommand,
  verifyPolicyCommand,
} from '../shared/automation-command.ts';
import { replicateCommand, runCommand } from '../shared/command-line.ts';
import { primaryOf, shownPlace } from '../shared/fleet-view.ts';

export function copyChoices(state: AppState): Choice[] {
  switch (state.page) {
    case 'servers': {
      const { item } = cursorPlace(state, serversList);
      return item === null ? [] : choices([item.name, item.host, command('server', 'check', item.name)]);
    }
    case 'snapshots': {
      if (isBrowsing(state)) return choices(filesTexts(state));
      const { item } = cursorPlace(state, snapshotsList);
      const place = shownPlace(state);
      if (place === null) return [];
      if (item === null) return choices([place.path, command('snapshot', 'create', place.path)]);
      return choices([
        item.name,
        item.path,
        item.uuid,
        command('snapshot', 'delete', place.path, item.name),
        command('snapshot', 'list', place.path),
      ]);
    }
    case 'replication': {
      const full = (state.tabs.replication ?? 0) === 0;
      const request = full ? fullRequest(fullChoice(state)) : incrementalRequest(incrementalChoice(state));
      return request === null ? [] : choices([replicateCommand(request)]);
    }
    case 'automation': {
      const entry = entryAtCursor(state);
      return entry === null ? [] : choices(entryTexts(entry));
    }
    case 'history': {
      const run = chosenRun(state);
      const receiver = chosenReceiver(state);
      if (receiver !== null) return choices([receiver, command('run', 'list', '--server', receiver)]);
      if (run === null) return [];
      const snapshot = chosenTransfer(state)?.snapshot ?? null;
      return choices([
        runCommand(run),
        String(run.id),
        command('run', 'show', String(run.id)),
        ...(snapshot === null ? [] : [snapshot]),
      ]);
    }
    default: {
      const primary = primaryOf(state);
      return primary === null ? [] : choices([primary.name]);
    }
  }
}

function setCommand(entry: Exclude<Entry, { readonly kind: 'task' }>): string {
  switch (entry.kind) {
    case 'snapshot':
      return snapshotPolicyCommand(entry.policy);
    case 'retention':
      return retentionPolicyCommand(entry.policy);
    case 'verify':
      return verifyPolicyCommand(entry.policy);
  }
}

/** Its name, and what sets it, runs it now, and tells of it. */
function entryTexts(entry: Entry): string[] {
  if (entry.kind === 'task') {
    const { name } = entry.task;
    const [run, show] = [command('task', 'run', name), command('task', 'show', name)];
    return [taskCommand(entry.task), run, show, command('run', 'list', '--task', name), name];
  }
  const { subvolume } = entry.policy;
  return [setCommand(entry), command('policy', 'run', entry.kind, subvolume), subvolume];
}

const choices = (texts: readonly string[]): Choice[] =>
  [...new Set(texts)].map((text) => ({ value: text, label: formatName(text) }));
