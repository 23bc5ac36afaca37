/** What the screen does with servers: add, change, forget, promote, trust. Core decides; here it is told and undone. */

import type { Server, ServerSecrets } from '../core/model/server.ts';
import type { ServerCheck } from '../core/model/server-check.ts';
import {
  addServer,
  editServer,
  promoteServer,
  readHostKey,
  removeServer,
  trustServer,
} from '../core/run/settings/servers.ts';
import { type App, ask, change, closeOverlay, tell } from './app.ts';
import { formValues } from './form.ts';
import { formBelow, inForm } from './form-actions.ts';
import { lossLines } from './lost-protection.ts';
import { readConfig, refresh } from './refresh.ts';
import { did } from './undo.ts';

/** Added even if it cannot be reached: it is looked at right after, and what is wrong is told. */
export function saveServer(app: App, before: Server | null, wanted: Server, secrets: ServerSecrets): void {
  const { fleet } = app.deps;
  const { name, role: _, ...settings } = wanted;
  const saved =
    before === null ? addServer(fleet, wanted, secrets) : editServer(fleet, name, settings, secrets);
  if (!saved.ok) {
    showMessage(app, 'bad', `${saved.fault.message} ${saved.fault.hint}`);
    return;
  }
  closeOverlay(app);
  readConfig(app);
  if (before === null) {
    const said = `${name} is added${wanted.role === 'primary' ? ' as the primary' : ''}`;
    did(app, { said, what: `adding ${name}; d forgets it`, undo: null });
  } else {
    const { name: _name, role: _role, ...old } = before;
    const isSecret = [secrets.password, secrets.passphrase].some((secret) => typeof secret === 'string');
    const what = isSecret ? `changing ${name} with a new secret` : `changing ${name}`;
    did(app, {
      said: `${name} is changed`,
      what,
      undo: isSecret ? null : () => restoreServer(app, name, old),
    });
  }
  void lookAfter(app, name);
}

function restoreServer(app: App, name: string, old: Omit<Server, 'name' | 'role'>): boolean {
  const restored = editServer(app.deps.fleet, name, old);
  if (!restored.ok) tell(app, 'bad', restored.fault.message);
  readConfig(app);
  void refresh(app, [name]);
  return restored.ok;
}

async function lookAfter(app: App, name: string): Promise<void> {
  await refresh(app, [name]);
  const look = app.store.getState().looks[name];
  if (look?.status === 'untrusted') tell(app, 'warn', `${name} is not trusted yet: t shows its fingerprint`);
  else if (look?.fault) tell(app, 'warn', look.fault.message);
}

/** Connects with what is in the form; nothing is saved. */
export async function verifyServer(app: App, server: Server, secrets: ServerSecrets): Promise<void> {
  showMessage(app, 'info', `Connecting to ${server.host} …`);
  const form = formBelow(app.store.getState().overlay);
  const check = await app.deps.verify(server, secrets);
  const [kind, text] = verdict(check);
  if (form === null) return;
  const before = JSON.stringify(formValues(form.fields));
  inForm(app, form, (now) => ({
    ...now,
    message:
      JSON.stringify(formValues(now.fields)) === before
        ? { kind, text }
        : { kind: 'info', text: 'It was changed while it was verified: Verify once more.' },
  }));
}

function verdict({ status, facts, inventory, fault }: ServerCheck): ['good' | 'bad' | 'info', string] {
  if (status === 'untrusted' && fault?.code === 'host-key-unknown') {
    return ['info', `It answers. ${fault.message} It can be trusted once it is saved.`];
  }
  if (fault) return ['bad', `${fault.message} ${fault.hint}`];
  const mounts = inventory?.filesystems.map(({ mount }) => mount).join(', ') || 'no btrfs mounted';
  return ['good', `All is well: ${facts?.privilege}, btrfs-progs ${facts?.btrfsProgs}, ${mounts}.`];
}

/** In the form that is open. */
function showMessage(app: App, kind: 'good' | 'bad' | 'info', text: string): void {
  const form = formBelow(app.store.getState().overlay);
  if (form) inForm(app, form, (now) => ({ ...now, message: { kind, text } }));
}

export function askRemove(app: App, server: Server): void {
  const loss = lossLines(app, [{ kind: 'forget-server', server: server.name }]);
  ask(app, {
    title: `Forget ${server.name}?`,
    mustType: loss.mustType,
    lines: [
      `${server.name} (${server.user}@${server.host}) is removed from the fleet, with its password and host key.`,
      `What is on ${server.name} stays as it is.`,
      ...loss.lines,
    ],
    run: () => void remove(app, server),
  });
}

async function remove(app: App, server: Server): Promise<void> {
  const removed = await removeServer(app.deps.fleet, server.name);
  if (removed.ok)
    did(app, { said: `${server.name} is forgotten`, what: `forgetting ${server.name}`, undo: null });
  else tell(app, 'bad', `${removed.fault.message} ${removed.fault.hint}`);
  readConfig(app);
}

export function askPromote(app: App, server: Server): void {
  const before = app.store.getState().servers.find(({ role }) => role === 'primary');
  const loss = lossLines(app, [{ kind: 'promote', server: server.name }]);
  ask(app, {
    title: `Make ${server.name} the primary?`,
    danger: !loss.isNone,
    mustType: loss.mustType,
    lines: [
      `Snapshots are made on the primary; ${before?.name ?? 'nobody'} becomes a secondary.`,
      ...loss.lines,
    ],
    run: () => {
      const undo = before ? () => demote(app, server.name, before.name) : null;
      const about = { said: `${server.name} is the primary`, what: `promoting ${server.name}`, undo };
      if (promote(app, server.name)) did(app, about);
    },
  });
}

/** Unless somebody has made another one the primary since. */
function demote(app: App, name: string, before: string): boolean {
  readConfig(app);
  const primary = app.store.getState().servers.find(({ role }) => role === 'primary');
  if (primary?.name === name) return promote(app, before);
  tell(app, 'bad', `Not taken back: ${primary?.name ?? 'nobody'} is the primary by now`);
  return false;
}

function promote(app: App, name: string): boolean {
  const promoted = promoteServer(app.deps.fleet, name);
  if (!promoted.ok) tell(app, 'bad', promoted.fault.message);
  readConfig(app);
  return promoted.ok;
}

/** Reads the key the server shows now and asks; it is trusted only if it still shows that one. */
export async function askTrust(app: App, server: Server): Promise<void> {
  tell(app, 'info', `Reading the host key of ${server.name} …`);
  const key = await readHostKey(app.deps.fleet, server, null);
  if (!key.ok) {
    tell(app, 'bad', `${key.fault.message} ${key.fault.hint}`);
    return;
  }
  const { fingerprint, type } = key.value;
  const verdict = app.deps.fleet.hostKeys.verdict(server.host, server.port, key.value.key);
  if (verdict.ok && verdict.value === 'trusted') {
    tell(app, 'good', `${server.name} is trusted already: ${fingerprint}`);
    return;
  }
  const changed = verdict.ok && verdict.value === 'changed';
  // It was read: what is told now is the question.
  change(app, { notice: null });
  ask(app, {
    title: changed ? `THE HOST KEY OF ${server.name} HAS CHANGED` : `Trust ${server.name}?`,
    danger: changed,
    mustType: changed ? server.name : null,
    lines: [
      `${server.host}:${server.port} shows the host key`,
      `${fingerprint} (${type})`,
      ...(changed
        ? ['It is NOT the one that was trusted: somebody may stand between you and the server.']
        : []),
      'Compare it on the server itself:',
      '  ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
    ],
    run: () => void trust(app, server, fingerprint),
  });
}

async function trust(app: App, server: Server, fingerprint: string): Promise<void> {
  const trusted = await trustServer(app.deps.fleet, server, fingerprint);
  if (trusted.ok)
    did(app, { said: `${server.name} is trusted`, what: `trusting ${server.name}`, undo: null });
  else tell(app, 'bad', `${trusted.fault.message} ${trusted.fault.hint}`);
  readConfig(app);
  await refresh(app, [server.name]);
}
