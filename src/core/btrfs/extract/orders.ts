/**
 * Decides how what is to be done with files is written down: a line for each. It lies on the server in what is staged, so
 * also in what is put aside before anything changes: what a run did can be read there, as long as it can be taken back.
 */
import { asRoot, type Command } from '../../model/command.ts';
import type { ExtractOrders } from '../../model/extract/orders.ts';
import { inDirectory } from '../../model/extract/tree.ts';
import { bytesOfNames } from '../../model/file-name.ts';
import { lineOfName, nameOfLine } from './walk.ts';

/** The first line. Another version may write otherwise. */
const HEAD = 'btrfleet-extract 1';

/**
 * `F`: a file that is copied, `.` ends those that are copied together; `N`: a new directory; `M`: one whose attributes are
 * kept. Then for each directory `D`, where it lies, and `S`, where it comes from; in it `X` goes, `C` comes, `R` takes
 * the place of what is there, and `T` gives it the attributes. What goes or is replaced has before its name what it was.
 */
export function ordersInput({ copies, newDirectories, kept, places, seen }: ExtractOrders): Uint8Array {
  const was = (directory: string, name: string): string => seen.get(inDirectory(directory, name)) ?? UNSEEN;
  const line = (word: string, name: string): string => `${word} ${lineOfName(name)}`;
  const lines = [
    HEAD,
    ...copies.flatMap((together) => [...together.map((path) => line('F', path)), '.']),
    ...newDirectories.map((path) => line('N', path)),
    ...kept.map((path) => line('M', path)),
    ...places.flatMap(({ directory, source, removes, creates, replaces, keeps }) => [
      line('D', directory),
      line('S', source),
      ...removes.map((name) => line(`X ${was(directory, name)}`, name)),
      ...creates.map((name) => line('C', name)),
      ...replaces.map((name) => line(`R ${was(directory, name)}`, name)),
      ...(keeps ? ['T -'] : []),
    ]),
  ];
  return bytesOfNames(lines.map((one) => `${one}\n`));
}

/** Whatever it is. */
const UNSEEN = '-';

/** Prints them, of a stage that lies in what was kept before. */
export const ordersFileCommand = (stage: string): Command =>
  asRoot('sh', '-c', 'cd -P -- "$1" && [ "$PWD" = "$1" ] && [ ! -L ./orders ] && cat ./orders', 'sh', stage);

/** Of places alone: what was done. `text`: of all its bytes. Null: it is not whole, or of another version. */
export function readOrders(text: string): ExtractOrders['places'] | null {
  if (!text.startsWith(`${HEAD}\n`) || !text.endsWith('\n')) return null;
  const places: (Writable & { directory: string })[] = [];
  for (const line of text.slice(HEAD.length + 1, -1).split('\n')) {
    const word = line.slice(0, 2);
    const isSeen = word === 'X ' || word === 'R ';
    const name = nameOfLine(line.slice(isSeen ? line.indexOf(' ', 2) + 1 : 2));
    if (name === null || (isSeen && !line.includes(' ', 2))) return null;
    const last = places.at(-1);
    if (word === 'D ') places.push(emptyPlace(name));
    else if (!last) continue;
    else if (word === 'S ') last.source = name;
    else if (word === 'X ') last.removes.push(name);
    else if (word === 'C ') last.creates.push(name);
    else if (word === 'R ') last.replaces.push(name);
    else if (word === 'T ') last.keeps = true;
    else return null;
  }
  return places;
}

interface Writable {
  source: string;
  removes: string[];
  creates: string[];
  replaces: string[];
  keeps: boolean;
}

const emptyPlace = (directory: string) => ({
  ...{ directory, source: directory, removes: [], creates: [], replaces: [], keeps: false },
});

/** Which name of which directory a line of them is about, by its number from 1, and the word; null: about none. */
export function orderOf(
  { copies, newDirectories, kept, places }: ExtractOrders,
  lines: ReadonlySet<number>,
): { readonly path: string; readonly word: string }[] {
  const found: { readonly path: string; readonly word: string }[] = [];
  let at = 1 + copies.reduce((sum, together) => sum + together.length + 1, 0);
  at += newDirectories.length + kept.length;
  const next = (directory: string, name: string, word: string): void => {
    at += 1;
    if (lines.has(at)) found.push({ path: inDirectory(directory, name), word });
  };
  for (const { directory, removes, creates, replaces, keeps } of places) {
    at += 2;
    for (const name of removes) next(directory, name, 'X');
    for (const name of creates) next(directory, name, 'C');
    for (const name of replaces) next(directory, name, 'R');
    if (keeps) next(directory, '', 'T');
  }
  return found;
}
