/** Decides what is told of a place that a script did not enter, since somebody may have put something else there. */
import { quoteWord } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { UNSAFE } from '../ask/way-script.ts';
import { escaped } from './escaped.ts';

const LINE = new RegExp(`^${UNSAFE} ([a-z]+) (\\S+) (/.*)$`, 'm');

/** Null: the text of a script says nothing of that. */
export function unsafePath(text: string, server: string): Fault | null {
  const [, kind = '', detail = '', path = ''] = LINE.exec(text) ?? [];
  const tell = KINDS[kind];
  if (tell === undefined) return null;
  const { says, hint } = tell({ path, detail, server });
  return fault('unsafe-path', `${escaped(path)} on ${server} ${says} Nothing was done there.`, hint, {
    server,
  });
}

interface About {
  readonly path: string;
  readonly detail: string;
  readonly server: string;
}

/** Of btrfleet, or for it; anything above belongs to somebody, who may need it so. */
const isOurs = (path: string): boolean =>
  path.split('/').some((name) => name === '.snapshots' || name === '.btrfleet');

const look = ({ path, server }: About): string => `On ${server} look at it: ls -ld ${quoteWord(path)}`;

const KINDS: Readonly<Record<string, (about: About) => { readonly says: string; readonly hint: string }>> = {
  link: (about) => ({
    says: 'is a symbolic link, and would lead somewhere else.',
    hint: `${look(about)}. If it was planted, remove it: rm ${quoteWord(about.path)}. If you want the snapshots elsewhere, mount a subvolume or another disk instead.`,
  }),
  owner: (about) => ({
    says: `belongs to another user (uid ${about.detail}), who could put anything in its place.`,
    hint: isOurs(about.path)
      ? `${look(about)}. If what is in it is all right: chown root:root ${quoteWord(about.path)}`
      : `Leave its owner as it is. Let btrfleet log in there as root, or let its login enter: setfacl -m u:LOGIN:x ${quoteWord(about.path)}`,
  }),
  writable: (about) => ({
    says: `can be written by others (${about.detail}), who could put anything in its place.`,
    hint: about.detail.endsWith('+')
      ? `An access list lets others write. ${look(about)}. If what is in it is all right: setfacl -b -k ${quoteWord(about.path)}`
      : `${look(about)}. If what is in it is all right: chmod go-w ${quoteWord(about.path)}`,
  }),
  closed: (about) => ({
    says: 'cannot be entered by the user btrfleet logs in as, and others may enter it.',
    hint: `Let that user enter it: chmod o+x ${quoteWord(about.path)}. Or nobody but root: chmod 700 ${quoteWord(about.path)}`,
  }),
  file: (about) => ({
    says: 'is not what it should be: a directory, or a plain file of one name that belongs to the login.',
    hint: `${look(about)}; then move it away, or remove it.`,
  }),
  moved: (about) => ({
    says: 'leads to another place than it did a moment ago.',
    hint: `${look(about)}, and see "findmnt -t btrfs". Then try again.`,
  }),
  mount: (about) => ({
    says: 'is not where a btrfs filesystem is mounted.',
    hint: `See "findmnt -t btrfs" on ${about.server}: is the disk mounted that should be there?`,
  }),
  elsewhere: (about) => ({
    says: 'is where another filesystem is mounted than the one it should lie on.',
    hint: `See "findmnt ${quoteWord(about.path)}" on ${about.server}, and unmount what does not belong there.`,
  }),
};
