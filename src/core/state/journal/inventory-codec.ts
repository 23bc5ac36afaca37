/**
 * Decides how an inventory is kept: its lists of subvolumes packed, and apart from the rest. What comes back holds the
 * packed lists and reads one when somebody asks for it, for as long as somebody uses it: the lists of 300 servers with
 * a thousand snapshots each are 120 MB when read and 15 MB packed, and nearly nobody looks at all of them at once.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Filesystem, Inventory, Subvolume } from '../../model/inventory.ts';
import { ok } from '../../model/result.ts';
import { checkSum, digestOf } from '../home/digest.ts';

/** Raised with every change to `Inventory` that an older reader would misread. */
export const INVENTORY_FORMAT = 2;

/** The form of before: one JSON text, packed or not. */
const WHOLE = 1;

/** A thousand snapshots are 360 kB as text and 50 kB packed; packing them takes some milliseconds. */
const FASTEST = { level: 1 } as const;

/** All lists of a server together. */
export interface PackedLists {
  readonly packed: Uint8Array;
  /** Of two packed lists the same, where they are. */
  readonly digest: string;
}

type Listing = Filesystem['listing'];
/** Null in the place of a filesystem that could not be listed. */
type List = readonly Subvolume[] | null;

/** `before`: given back when the lists are the same. */
export function packLists(inventory: Inventory, before: PackedLists | null): PackedLists {
  const packed = sealed(deflateRawSync(JSON.stringify(listsOf(inventory)), FASTEST));
  const digest = packed.toString('hex', 0, SEAL);
  return digest === before?.digest ? before : { packed, digest };
}

const listsOf = ({ filesystems }: Inventory): List[] =>
  filesystems.map(({ listing }) => (listing.ok ? listing.value : null));

export interface InventoryHead {
  /** All but the lists, and not when it was taken. */
  readonly packed: Uint8Array;
  /** Of two looks the same, where they saw the same, whatever room was left. */
  readonly digest: string;
}

export function headOf(inventory: Inventory, lists: PackedLists): InventoryHead {
  const filesystems = inventory.filesystems.map(
    ({ listing, ...rest }): Head => ({ ...rest, listing: listing.ok ? null : listing }),
  );
  const head = { ...inventory, takenAt: '', filesystems };
  const shape = { ...head, filesystems: filesystems.map((one) => ({ ...one, space: null })) };
  return {
    packed: sealed(Buffer.from(JSON.stringify(head))),
    digest: digestOf(JSON.stringify(shape) + lists.digest),
  };
}

/** What is in memory already. */
export interface AtHand {
  /** Of the very same lists. */
  readonly before: Inventory | null;
  /** What was packed: who asks at once need not unpack it. */
  readonly seen: Inventory;
}

/** What `headOf` and `packLists` made. Null: one of them is damaged. */
export function fromHead(
  packedHead: Uint8Array,
  packedLists: Uint8Array,
  takenAt: string,
  { before, seen }: Partial<AtHand> = {},
): Inventory | null {
  const [text, packed] = [unsealed(packedHead), unsealed(packedLists)];
  const head: unknown = text && JSON.parse(text.toString('utf8'));
  if (packed === null || !isHeads(head)) return null;
  const lists = new Lists(packed, seen && !before ? listsOf(seen) : []);
  const filesystems = head.filesystems.map((one, index): Filesystem => {
    const listing = one.listing ?? before?.filesystems[index]?.listing ?? lists.listing(index);
    return { ...one, listing };
  });
  return { ...head, takenAt, filesystems };
}

/** Bytes of a check sum, in front of what it is the sum of. */
const SEAL = 20;

const sealed = (bytes: Uint8Array): Buffer => Buffer.concat([checkSum(bytes), bytes]);

/** Null: it is not what was sealed. A file may be damaged where SQLite does not see it. */
function unsealed(bytes: Uint8Array): Buffer | null {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const content = all.subarray(SEAL);
  return checkSum(content).equals(all.subarray(0, SEAL)) ? content : null;
}

/** What the form of before kept, packed or not; `takenAt`: where it does not tell it. Null: of another form, or damaged. */
export function fromText(format: unknown, content: unknown, takenAt: string): Inventory | null {
  if (format !== WHOLE) return null;
  try {
    const value: unknown = JSON.parse(content instanceof Uint8Array ? inflated(content) : String(content));
    return isInventory(value) ? { ...value, takenAt: value.takenAt || takenAt } : null;
  } catch {
    return null;
  }
}

const inflated = (packed: Uint8Array): string => inflateRawSync(packed).toString('utf8');

/** A list is in memory while somebody uses it, and read again after that. */
class Lists {
  readonly #packed: Uint8Array;
  #read: readonly (WeakRef<readonly Subvolume[]> | null)[];

  constructor(packed: Uint8Array, read: readonly List[]) {
    this.#packed = packed;
    this.#read = read.map(weakly);
  }

  listing(index: number): Listing {
    const read = (): readonly Subvolume[] => this.#at(index);
    return {
      ...ok<readonly Subvolume[]>([]),
      get value() {
        return read();
      },
    };
  }

  #at(index: number): readonly Subvolume[] {
    const known = this.#read[index]?.deref();
    if (known) return known;
    const lists = JSON.parse(inflated(this.#packed)) as readonly List[];
    const list = lists[index];
    if (!list) throw new Error(`the look has no list ${index}`);
    this.#read = lists.map(weakly);
    return list;
  }
}

const weakly = (list: List): WeakRef<readonly Subvolume[]> | null => (list ? new WeakRef(list) : null);

type Head = Omit<Filesystem, 'listing'> & { readonly listing: Extract<Listing, { ok: false }> | null };
type Heads = Omit<Inventory, 'filesystems'> & { readonly filesystems: readonly Head[] };

/** Of the same format it is exactly what was saved, so its thousands of snapshots are not checked one by one. */
const isInventory = (value: unknown): value is Inventory =>
  typeof value === 'object' &&
  value !== null &&
  'server' in value &&
  typeof value.server === 'string' &&
  'takenAt' in value &&
  typeof value.takenAt === 'string' &&
  'filesystems' in value &&
  Array.isArray(value.filesystems) &&
  'problems' in value &&
  Array.isArray(value.problems);

const isHeads = (value: unknown): value is Heads => isInventory(value);
