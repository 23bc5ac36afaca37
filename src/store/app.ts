/** The store of the screen and what it works with: vanilla zustand, so that every action is a plain function. */

import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Result } from '../core/model/result.ts';
import type { Run, RunRequest } from '../core/model/runs/run.ts';
import type { Server, ServerSecrets } from '../core/model/server.ts';
import type { ServerCheck } from '../core/model/server-check.ts';
import type { Fleet } from '../core/run/ground/fleet.ts';
import { type Paced, pace } from './paced.ts';
import {
  type AppState,
  INITIAL,
  type Notice,
  type NoticeKind,
  type Overlay,
  type PageId,
  type Select,
} from './state.ts';

/** Where the user stood when the screen was closed. */
export interface Remembered {
  readonly page: PageId;
  readonly tabs: Readonly<Partial<Record<PageId, number>>>;
  readonly lists: Readonly<
    Record<string, { readonly sort: string | null; readonly reverse: boolean; readonly filter: string }>
  >;
  readonly subvolume: string | null;
  /** When somebody pressed a key there last, milliseconds; null: nobody knows. */
  readonly lookedAt: number | null;
}

/** How the keys come in. */
export interface Typing {
  /**
   * Tells of the key that is being handled whether it came among others, faster than a hand types: then it may be text
   * that was pasted. At once where that is known; else when no other one followed, and no further key comes before.
   */
  readonly whenKnown: (then: (isBurst: boolean) => void) => void;
}

export interface AppDeps {
  readonly fleet: Fleet;
  /** Hands work to the engine; it goes on without the screen. */
  readonly queue: (request: RunRequest) => Run;
  /** Connects as a server that is not saved yet would be. */
  readonly verify: (server: Server, secrets: ServerSecrets) => Promise<ServerCheck>;
  /** Gives the terminal a text for its clipboard. */
  readonly copy: (text: string) => void;
  readonly remembered: Remembered | null;
  readonly remember: (what: Remembered) => Result<void>;
  readonly typing: Typing;
  readonly quit: () => void;
  /** Leaves this screen for one on simulated servers. */
  readonly tryOut: () => void;
  /** Gives the terminal back to the shell until it is called back. */
  readonly suspend: () => void;
  readonly redraw: () => void;
  readonly readOnly: boolean;
  /** IANA name of the zone this machine shows its times in. */
  readonly timeZone: string;
}

/** Something that was done here. */
export interface Act {
  readonly what: string;
  /** Takes it back, and tells why it could not; false: it still stands. Null: nothing can take it back. */
  readonly run: (() => boolean | Promise<boolean>) | null;
  /** The message that told it. */
  readonly told: Notice | null;
}

export interface App {
  readonly store: StoreApi<AppState>;
  /** What the screen draws. */
  readonly shown: Paced<AppState>;
  readonly deps: AppDeps;
  /** What was done here and still stands, last one last; nothing from before what cannot be taken back. */
  readonly undo: Act[];
  /** When a key was pressed last, milliseconds; null: none was. */
  readonly lastKey: { at: number | null };
}

export function createApp(deps: AppDeps): App {
  const { remembered } = deps;
  const lists = Object.fromEntries(
    Object.entries(remembered?.lists ?? {}).map(([id, list]) => [
      id,
      { cursor: null, index: 0, top: 0, marks: new Set<string>(), anchor: null, ...list },
    ]),
  );
  const store = createStore<AppState>(() => ({
    ...INITIAL,
    now: deps.fleet.clock.now(),
    page: remembered?.page ?? INITIAL.page,
    tabs: remembered?.tabs ?? {},
    subvolume: remembered?.subvolume ?? null,
    lists,
    readOnly: deps.readOnly,
  }));
  return { store, shown: pace(store), deps, undo: [], lastKey: { at: null } };
}

export const change = ({ store }: App, patch: Partial<AppState>): void => store.setState(patch);

/** What was told is kept: `!` shows the last two hundred. */
const MESSAGES = 200;

export function tell(app: App, kind: NoticeKind, text: string): void {
  const notice = { kind, text, at: app.deps.fleet.clock.now() };
  app.store.setState((state) => ({ notice, messages: [notice, ...state.messages].slice(0, MESSAGES) }));
}

/** Drawn at once: how long a question has stood there is counted from now on. */
export function openOverlay(app: App, overlay: Overlay): void {
  change(app, { overlay });
  app.shown.flush();
}

export const closeOverlay = (app: App): void => change(app, { overlay: null });

/** What is to be chosen from; `at` is what is chosen now. */
export type SelectList = Pick<Select, 'title' | 'items' | 'at' | 'choose'>;

export function openSelect(app: App, list: SelectList): void {
  const select = { ...list, filter: null, openedAt: app.deps.fleet.clock.now() };
  openOverlay(app, { kind: 'select', select });
}

/** Milliseconds after which a question takes an answer: what was typed ahead was not meant for it. */
export const ARMED = 400;

/** What cannot be undone asks first. The clock is read when it opens, so that it can be armed. */
export function ask(
  app: App,
  question: {
    readonly title: string;
    readonly lines: readonly string[];
    readonly danger?: boolean;
    readonly mustType?: string | null;
    readonly back?: Overlay | null;
    readonly isHarmless?: boolean;
    readonly run: () => void;
  },
): void {
  const confirm = {
    danger: true,
    mustType: null,
    ...question,
    typed: '',
    top: 0,
    openedAt: app.deps.fleet.clock.now(),
  };
  openOverlay(app, { kind: 'confirm', confirm });
}

export function remember(app: App): void {
  const { page, tabs, lists, subvolume } = app.store.getState();
  const kept = Object.fromEntries(
    Object.entries(lists).map(([id, { sort, reverse, filter }]) => [id, { sort, reverse, filter }]),
  );
  const lookedAt = app.lastKey.at ?? app.deps.remembered?.lookedAt ?? null;
  app.deps.remember({ page, tabs, lists: kept, subvolume, lookedAt });
}
