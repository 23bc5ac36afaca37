/** Decides what can be copied of what the cursor stands on, the equivalent command line among it. */
import type { AppState, Choice } from '../store/state.ts';
import { command, replicateCommand, runCommand } from './command-line.ts';
import { primaryOf } from './fleet-view.ts';
import { chosenReceiver, chosenRun, chosenTransfer } from './History/history-views.ts';
import { cursorPlace } from './lists.ts';
import { fullChoice, fullRequest } from './Replication/full-choice.ts';
import { incrementalChoice, incrementalRequest } from './Replication/incremental-choice.ts';
import { serversList } from './Servers/servers-list.ts';
import { shownPlace, snapshotsList } from './Snapshots/snapshots-list.ts';

export function copyChoices(state: AppState): Choice[] {
  switch (state.page) {
    case 'servers': {
      const { item } = cursorPlace(state, serversList);
      return item === null ? [] : choices([item.name, item.host, command('server', 'check', item.name)]);
    }
    case 'snapshots': {
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

const choices = (texts: readonly string[]): Choice[] =>
  [...new Set(texts)].map((text) => ({ value: text, label: text }));
