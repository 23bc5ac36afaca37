/** What a target is as people write it: `b` or `b:/mnt/usb`. Which filesystem it means is decided in plan/. */
import { type Fault, fault } from './fault.ts';
import { failed, ok, type Result } from './result.ts';
import { isServerName } from './server.ts';

export interface Target {
  readonly server: string;
  /** Absolute path of a mount; null: the server's default, else its only filesystem. */
  readonly mount: string | null;
}

export const formatTarget = ({ server, mount }: Target): string =>
  mount === null ? server : `${server}:${mount}`;

export function parseTarget(text: string): Result<Target> {
  const colon = text.indexOf(':');
  const server = colon < 0 ? text : text.slice(0, colon);
  const mount = colon < 0 ? null : text.slice(colon + 1);
  if (!isServerName(server) || (mount !== null && !mount.startsWith('/'))) return failed(malformed(text));
  return ok({ server, mount: mount === null ? null : withoutTrailingSlash(mount) });
}

/**
 * Comma-separated targets, as the command line takes them. A mount with a comma in its name cannot be written in
 * a list; the option is repeated instead, and a piece that starts with neither a server nor a mount is a fault.
 */
export function parseTargets(texts: readonly string[]): Result<Target[]> {
  const targets: Target[] = [];
  for (const piece of texts.flatMap((text) => text.split(',')).filter((piece) => piece !== '')) {
    const target = parseTarget(piece);
    if (!target.ok) return target;
    if (targets.some((seen) => formatTarget(seen) === formatTarget(target.value))) {
      return failed(fault('usage', `The target ${piece} is named twice.`, 'Name every target once.'));
    }
    targets.push(target.value);
  }
  return ok(targets);
}

const withoutTrailingSlash = (path: string): string =>
  path.length > 1 && path.endsWith('/') ? withoutTrailingSlash(path.slice(0, -1)) : path;

const malformed = (text: string): Fault =>
  fault('usage', `"${text}" is not a target.`, 'A target is SERVER or SERVER:/MOUNT, for example b or b:/mnt/usb.');
