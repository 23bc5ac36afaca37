/** The extents of a file, one for each block, never changed: a change makes others that share all pages but one. */
import type { Block } from './block-store.ts';

/** What was written at once: a snapshot that has the same one takes no room for it. */
export interface Extent {
  readonly block: Block;
}

type Page = readonly (Extent | null)[];

const PAGE = 256;

export class Extents {
  static readonly none = new Extents([], 0);
  readonly #pages: readonly Page[];
  readonly length: number;

  private constructor(pages: readonly Page[], length: number) {
    this.#pages = pages;
    this.length = length;
  }

  static of(blocks: readonly Block[]): Extents {
    const pages: Page[] = [];
    for (let at = 0; at < blocks.length; at += PAGE)
      pages.push(blocks.slice(at, at + PAGE).map((block) => ({ block })));
    return new Extents(pages, blocks.length);
  }

  /** Null: a hole, or beyond the end. */
  at(index: number): Extent | null {
    return this.#pages[Math.floor(index / PAGE)]?.[index % PAGE] ?? null;
  }

  /** With another one there; what lies between the end and it is a hole. */
  with(index: number, extent: Extent): Extents {
    const pages = [...this.#pages];
    while (pages.length * PAGE <= index) pages.push([]);
    const number = Math.floor(index / PAGE);
    const page = [...(pages[number] ?? [])];
    while (page.length < index % PAGE) page.push(null);
    page[index % PAGE] = extent;
    pages[number] = page;
    return new Extents(pages, Math.max(this.length, index + 1));
  }

  /** The first so many. */
  first(length: number): Extents {
    if (length >= this.length) return this;
    const pages = this.#pages.slice(0, Math.ceil(length / PAGE));
    const last = pages.at(-1);
    if (last !== undefined) pages[pages.length - 1] = last.slice(0, length - (pages.length - 1) * PAGE);
    return new Extents(pages, length);
  }

  *[Symbol.iterator](): Generator<Extent> {
    for (const page of this.#pages) for (const extent of page) if (extent !== null) yield extent;
  }
}
