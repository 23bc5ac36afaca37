/** Decides what can be copied of the file that the cursor stands on. */
import { command } from '../../core/model/command-line.ts';
import { isPlainName } from '../../core/model/file-name.ts';
import { joinPath } from '../../core/model/snapshot.ts';
import type { AppState } from '../../store/state.ts';
import { cursorPlace } from '../lists/lists.ts';
import { filesList } from './list.ts';

/** A name that is no text cannot be copied as one: of these only what holds them. */
export function filesTexts(state: AppState): string[] {
  const { browsing } = state;
  if (browsing === null) return [];
  const { subvolume, snapshot, path } = browsing;
  const { item } = cursorPlace(state, filesList);
  const browse = command('snapshot', 'browse', '--', subvolume, snapshot.name, path);
  const file = item === null ? path : item.path;
  const live = joinPath(subvolume, file);
  const texts = [
    joinPath(snapshot.path, file),
    live,
    browse,
    command('snapshot', 'versions', live),
    snapshot.name,
  ];
  return texts.filter(isPlainName);
}
