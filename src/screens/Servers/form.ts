/** The form that adds or changes a server: its fields, what they must hold, and what its buttons do. */
import { type Address, parseAddress, type Refusal } from '../../core/model/address.ts';
import type { Result } from '../../core/model/result.ts';
import { type Auth, isServerName, type Server } from '../../core/model/server.ts';
import type { App } from '../../store/app.ts';
import { openOverlay } from '../../store/app.ts';
import type { FormField, FormValues } from '../../store/form.ts';
import { openShapedForm } from '../../store/form-actions.ts';
import { saveServer, verifyServer } from '../../store/server-actions.ts';
import type { AppState } from '../../store/state.ts';

const AUTHS = [
  { value: 'key', label: 'key file' },
  { value: 'agent', label: 'ssh-agent' },
  { value: 'password', label: 'password' },
  { value: 'local', label: 'this machine (no SSH)' },
] as const;

export function openServerForm(app: App, server: Server | null): void {
  const state = app.store.getState();
  openShapedForm(app, {
    title: server === null ? 'Add a server' : `Edit ${server.name}`,
    values: valuesOf(server),
    shape: (values) => fieldsFor(values, server, state),
    buttons: {
      verify: (values) => unlessWrong(app, server, values, (...it) => void verifyServer(app, ...it)),
      save: (values) => unlessWrong(app, server, values, (...it) => saveServer(app, server, ...it)),
    },
  });
}

function valuesOf(server: Server | null): FormValues {
  const auth = server?.auth ?? { kind: 'key', file: '~/.ssh/id_ed25519' };
  return {
    name: server?.name ?? '',
    host: server?.host ?? '',
    port: String(server?.port ?? 22),
    user: server?.user ?? 'root',
    auth: auth.kind,
    key: auth.kind === 'key' ? auth.file : '~/.ssh/id_ed25519',
    passphrase: '',
    password: '',
    jump: server?.jump ?? '',
    mount: server?.defaultMount ?? '',
  };
}

function fieldsFor(values: FormValues, server: Server | null, state: AppState): readonly FormField[] {
  const text = (id: string): string => String(values[id] ?? '');
  const auth = text('auth');
  const remote = auth !== 'local';
  return [
    ...(server === null ? [nameField(text('name'))] : []),
    {
      kind: 'choice',
      id: 'auth',
      label: 'Login',
      value: auth,
      choices: AUTHS,
      hint: 'left and right choose',
    },
    ...(remote ? addressFields(text) : []),
    ...loginFields(auth, text, server === null ? '' : 'empty: as it is'),
    ...(remote ? routeFields(text('jump'), server, state) : []),
    {
      kind: 'text',
      id: 'mount',
      label: 'Replicas go to',
      value: text('mount'),
      hint: 'a mount there; empty: its only btrfs filesystem',
    },
    { kind: 'button', id: 'verify', label: 'Verify' },
    { kind: 'button', id: 'save', label: 'Save' },
    { kind: 'button', id: 'cancel', label: 'Cancel' },
  ];
}

const nameField = (value: string): FormField => ({
  kind: 'text',
  id: 'name',
  label: 'Name',
  value,
  hint: 'what you call it, such as backup1',
});

const addressFields = (text: (id: string) => string): FormField[] => [
  {
    kind: 'text',
    id: 'host',
    label: 'Host',
    value: text('host'),
    hint: 'host name or address, or USER@HOST:PORT',
  },
  { kind: 'number', id: 'port', label: 'Port', value: text('port') },
  {
    kind: 'text',
    id: 'user',
    label: 'User',
    value: text('user'),
    hint: 'root, or one with the sudo rights "doctor" asks for',
  },
];

function loginFields(auth: string, text: (id: string) => string, kept: string): FormField[] {
  if (auth === 'password') {
    const hint = kept || 'kept encrypted';
    return [{ kind: 'secret', id: 'password', label: 'Password', value: text('password'), hint }];
  }
  if (auth !== 'key') return [];
  const hint = ['only if the key has one', kept].filter((part) => part !== '').join('; ');
  return [
    { kind: 'text', id: 'key', label: 'Key file', value: text('key') },
    { kind: 'secret', id: 'passphrase', label: 'Passphrase', value: text('passphrase'), hint },
  ];
}

function routeFields(value: string, server: Server | null, state: AppState): FormField[] {
  const others = state.servers.filter(({ name, auth }) => name !== server?.name && auth.kind !== 'local');
  if (others.length === 0) return [];
  const choices = [
    { value: '', label: 'directly' },
    ...others.map(({ name }) => ({ value: name, label: name })),
  ];
  return [{ kind: 'choice', id: 'jump', label: 'Reached through', value, choices }];
}

/** Shows what is wrong with the fields; else goes on with the server they make. */
function unlessWrong(
  app: App,
  before: Server | null,
  values: FormValues,
  goOn: (server: Server, secrets: Parameters<typeof verifyServer>[2]) => void,
): void {
  const state = app.store.getState();
  const errors = complaints(values, before, state);
  if (Object.keys(errors).length > 0) showErrors(app, errors);
  else {
    const secrets = { password: secret(values['password']), passphrase: secret(values['passphrase']) };
    goOn(serverFrom(values, before, state), secrets);
  }
}

function complaints(values: FormValues, server: Server | null, state: AppState): Record<string, string> {
  const errors: Record<string, string> = {};
  const text = (id: string): string => String(values[id] ?? '').trim();
  if (server === null && !isServerName(text('name')))
    errors['name'] = 'letters, digits, dots, dashes; not empty';
  if (server === null && state.servers.some(({ name }) => name === text('name')))
    errors['name'] = 'there is one of that name';
  const mount = text('mount');
  if (mount !== '' && !mount.startsWith('/')) errors['mount'] = 'must be an absolute path';
  if (values['auth'] === 'local') return errors;
  if (!/^[^\s-]\S*$/.test(text('user'))) errors['user'] = 'a user is needed';
  const port = Number(text('port'));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) errors['port'] = 'a number from 1 to 65535';
  const address = addressFrom(values, server);
  if (!address.ok) errors[address.fault.field] ??= address.fault.why;
  if (values['auth'] === 'key' && text('key') === '') errors['key'] = 'a private key is needed';
  if (values['auth'] === 'password' && server?.auth.kind !== 'password' && values['password'] === '') {
    errors['password'] = 'a password is needed';
  }
  return errors;
}

/** The host may name a port and a user, too; those fields say something only where somebody changed them. */
function addressFrom(values: FormValues, server: Server | null): Result<Address, Refusal> {
  const first = valuesOf(server);
  const changed = (id: string): string | null => {
    const value = String(values[id] ?? '').trim();
    return value === first[id] ? null : value;
  };
  const port = changed('port');
  return parseAddress(String(values['host'] ?? ''), {
    port: port === null ? null : Number(port),
    user: changed('user'),
  });
}

/** The first field with a complaint gets the focus. */
function showErrors(app: App, errors: Record<string, string>): void {
  const { overlay } = app.store.getState();
  if (overlay?.kind !== 'form') return;
  const focus = overlay.form.fields.findIndex(({ id }) => id in errors);
  openOverlay(app, {
    kind: 'form',
    form: { ...overlay.form, errors, focus: Math.max(0, focus), message: null },
  });
}

function serverFrom(values: FormValues, before: Server | null, state: AppState): Server {
  const text = (id: string): string => String(values[id] ?? '').trim();
  const auth = authFrom(text('auth'), text('key'));
  const isLocal = auth.kind === 'local';
  const address = addressFrom(values, before);
  const { host, port, user } = address.ok ? address.value : { host: text('host'), port: null, user: null };
  return {
    name: before?.name ?? text('name'),
    host: isLocal ? 'localhost' : host,
    port: isLocal ? 22 : (port ?? Number(text('port'))),
    user: isLocal ? 'root' : (user ?? text('user')),
    auth,
    jump: isLocal || text('jump') === '' ? null : text('jump'),
    role: before?.role ?? (state.servers.length === 0 ? 'primary' : 'secondary'),
    defaultMount: text('mount') === '' ? null : text('mount'),
  };
}

function authFrom(kind: string, file: string): Auth {
  if (kind === 'password' || kind === 'agent' || kind === 'local') return { kind };
  return { kind: 'key', file };
}

const secret = (value: string | boolean | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null;
