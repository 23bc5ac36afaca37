/** Decides which authentication is tried and why it did not work. It never sees host keys or sockets. */
import type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware, Prompt } from 'ssh2';
import { type Fault, fault } from '../../model/fault.ts';
import type { Server } from '../../model/server.ts';
import type { Credentials } from './credentials.ts';

export interface AuthAttempt {
  readonly handler: AuthHandlerMiddleware;
  /** Told by ssh2 when the agent could not be asked. */
  agentFailed(): void;
  /** Why it failed, once ssh2 says that it did. */
  fault(): Fault;
}

/** One login: each method at most once. A password goes by keyboard-interactive where the server takes only that. */
export function authAttempt(server: Server, credentials: Credentials): AuthAttempt {
  let offered: readonly string[] | null = null;
  let partial = false;
  let tried: AuthenticationType | null = null;
  let agentBroken = false;
  const next = (): AnyAuthMethod | false => {
    const username = server.user;
    switch (credentials.kind) {
      case 'key':
        return tried === null ? { type: 'publickey', username, key: credentials.key } : false;
      case 'agent':
        return tried === null ? { type: 'agent', username, agent: credentials.socket } : false;
      case 'password':
        return passwordMethod(username, credentials.password, offered, tried);
    }
  };
  return {
    handler(left, partially, proceed) {
      // The first call comes with null, whatever the types say.
      if (Array.isArray(left)) offered = left;
      if (partially) partial = true;
      const method = partially ? false : next();
      if (method !== false) tried = method.type;
      // ssh2 ends the connection on `false`; its types do not know that.
      (proceed as (method: AnyAuthMethod | false) => void)(method);
    },
    agentFailed() {
      agentBroken = true;
    },
    fault: () => explain(server, credentials, { offered, partial, agentBroken }),
  };
}

function passwordMethod(
  username: string,
  password: string,
  offered: readonly string[] | null,
  tried: AuthenticationType | null,
): AnyAuthMethod | false {
  // Asking for `none` first tells what the server takes without spending an attempt.
  if (tried === null) return { type: 'none', username };
  if (tried !== 'none') return false;
  if (offered?.includes('password')) return { type: 'password', username, password };
  if (!offered?.includes('keyboard-interactive')) return false;
  let asked = false;
  return {
    type: 'keyboard-interactive',
    username,
    prompt(_name: string, _instructions: string, _language: string, prompts: Prompt[], answer) {
      // Only the first question is for the password; a second one (a one-time code) is not ours to answer.
      answer(prompts.map((prompt) => (!asked && !prompt.echo ? password : '')));
      asked = true;
    },
  };
}

interface Failure {
  readonly offered: readonly string[] | null;
  readonly partial: boolean;
  readonly agentBroken: boolean;
}

function explain(server: Server, credentials: Credentials, failure: Failure): Fault {
  const at = `${server.user}@${server.host}`;
  const about = { server: server.name };
  const takes = failure.offered?.length ? ` It takes: ${failure.offered.join(', ')}.` : '';
  if (failure.partial) {
    return fault(
      'auth-failed',
      `${server.name} accepted the ${method(credentials)} of ${at} and then asked for a second proof.${takes}`,
      'btrfleet logs in with one proof: let the server accept a key alone for this user (AuthenticationMethods).',
      about,
    );
  }
  if (failure.agentBroken && credentials.kind === 'agent') {
    return fault(
      'auth-failed',
      `The ssh-agent at ${credentials.socket} could not be asked, so ${server.name} cannot be logged in to.`,
      'Check it with `ssh-add -l`; after a new login SSH_AUTH_SOCK may be another.',
      about,
    );
  }
  const certificate = credentials.kind === 'key' ? credentials.certificate : null;
  const unused = certificate === null ? '' : ` The certificate beside it, ${certificate}, is not used.`;
  return fault(
    'auth-failed',
    `${server.name} refused the ${method(credentials)} for ${at}.${unused}${takes}`,
    mend(server, credentials),
    about,
  );
}

function method(credentials: Credentials): string {
  switch (credentials.kind) {
    case 'key':
      return `key ${credentials.file}`;
    case 'agent':
      return 'keys of the ssh-agent';
    case 'password':
      return 'password';
  }
}

const plainKeys = ({ certificate }: Extract<Credentials, { kind: 'key' }>): string =>
  certificate === null ? '' : 'btrfleet logs in with plain keys, not with certificates. ';

function mend(server: Server, credentials: Credentials): string {
  const copy = (file: string) => `ssh-copy-id -i ${file} -p ${server.port} ${server.user}@${server.host}`;
  switch (credentials.kind) {
    case 'key':
      return (
        plainKeys(credentials) +
        `Put the public key into ~${server.user}/.ssh/authorized_keys there: ${copy(`${credentials.file}.pub`)}`
      );
    case 'agent':
      return `See with \`ssh-add -l\` that the agent holds a key this user has in authorized_keys there; btrfleet server edit ${server.name} --key FILE uses a file. Certificates, and keys on hardware tokens (sk-…), are not used from an agent.`;
    case 'password':
      return `Store the right password (btrfleet server edit ${server.name} --password-stdin); sshd there must allow PasswordAuthentication, and for root PermitRootLogin yes.`;
  }
}
