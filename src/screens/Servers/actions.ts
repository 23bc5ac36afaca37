/** The keys of the Servers page. */
import type { Server } from '../../core/model/server.ts';
import { type App, openOverlay } from '../../store/app.ts';
import { askPromote, askRemove, askTrust } from '../../store/server-actions.ts';
import type { AppState } from '../../store/state.ts';
import type { Action } from '../keys/actions.ts';
import { cursorPlace } from '../lists/lists.ts';
import { tryOut } from '../shared/try-out.ts';
import { serverDetails } from './details.ts';
import { openServerForm } from './form.ts';
import { serversList } from './list.ts';

const chosen = (state: AppState): Server | null => cursorPlace(state, serversList).item;

const on = (work: (app: App, server: Server) => void) => (app: App) => {
  const server = chosen(app.store.getState());
  if (server) work(app, server);
};

const noServer = (state: AppState): string | undefined =>
  chosen(state) === null ? 'there are no servers yet: n adds one' : undefined;

const notPrimary =
  (why: string) =>
  (state: AppState): string | undefined =>
    noServer(state) ?? (chosen(state)?.role === 'primary' ? why : undefined);

const actions: readonly Action[] = [
  {
    id: 'server-add',
    keys: ['n'],
    label: 'new',
    help: 'Add a server',
    changes: true,
    asks: true,
    run: (app) => openServerForm(app, null),
  },
  {
    id: 'server-show',
    keys: ['Enter'],
    label: 'details',
    help: 'Show all that is known of the server',
    blocked: noServer,
    run: on((app, server) => {
      const lines = serverDetails(app.store.getState(), server);
      openOverlay(app, { kind: 'text', title: server.name, lines });
    }),
  },
  {
    id: 'server-edit',
    keys: ['e'],
    label: 'edit',
    help: 'Change how the server is reached',
    changes: true,
    asks: true,
    blocked: noServer,
    run: on(openServerForm),
  },
  {
    id: 'server-trust',
    keys: ['t'],
    label: 'trust',
    help: 'Compare and trust the host key of the server',
    changes: true,
    asks: true,
    blocked: (state) =>
      noServer(state) ??
      (chosen(state)?.auth.kind === 'local' ? 'this machine needs no host key' : undefined),
    run: on((app, server) => void askTrust(app, server)),
  },
  {
    id: 'server-promote',
    keys: ['P'],
    label: 'promote',
    help: 'Make the server the primary',
    changes: true,
    asks: true,
    blocked: notPrimary('it is the primary already'),
    run: on(askPromote),
  },
  {
    id: 'server-remove',
    keys: ['d'],
    label: 'delete',
    help: 'Forget the server; asks, and says what clean-up may delete then',
    changes: true,
    asks: true,
    blocked: notPrimary('it is the primary: promote another one first'),
    run: on(askRemove),
  },
];

export const serversActions = ({ servers }: AppState): readonly Action[] =>
  servers.length === 0 ? [tryOut, ...actions] : actions;
