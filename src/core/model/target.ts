/** What a target is as people write it: `b` or `b:/mnt/usb`. Which filesystem it means is decided in plan/. */
import { type Fault, fault } from './fault.ts';
import { failed, ok, type Result } from './result.ts';
import { isServerName } from './server.ts';

/** Where replicas go: a server, and one of its filesystems. */
export interface Target {
  readonly server: string;
  /** Absolute path of a mount; null: the server's default, else its only filesystem. */
  readonly mount: string | null;
}

/** As people write it: `b`, `b:/mnt/usb`. */
export const formatTarget = ({ server, mount }: Target): string =>
  mount === null ? server : `${server}:${mount}`;

/** The server of what `formatTarget` writes; of a server's name itself, that. */
export const serverOf = (target: string): string => target.split(':', 1)[0] ?? target;

/** Reads what `formatTarget` writes; fault: `usage`. */
export function parseTarget(text: string): Result<Target> {
  const colon = text.indexOf(':');
  const server = colon < 0 ? text : text.slice(0, colon);
  const mount = colon < 0 ? null : text.slice(colon + 1);
  if (!isServerName(server) || (mount !== null && !mount.startsWith('/'))) return failed(malformed(text));
  return ok({ server, mount: mount === null ? null : withoutTrailingSlash(mount) });
}

/**
 * Comma-separated targets, as the command line takes them; faults: `usage`. A comma always separates, so a mount
 * with one in its name can only be a server's default. An option that was given but names nothing is a fault.
 */
export function parseTargets(texts: readonly string[]): Result<Target[]> {
  const targets: Target[] = [];
  const pieces = texts.flatMap((text) => text.split(',')).filter((piece) => piece !== '');
  if (texts.length > 0 && pieces.length === 0) {
    return failed(fault('usage', 'No target is named.', 'Name at least one, for example b or b:/mnt/usb.'));
  }
  for (const piece of pieces) {
    const target = parseTarget(piece);
    if (!target.ok) return failed(texts.includes(piece) ? target.fault : malformed(piece, COMMA_HINT));
    if (targets.some((seen) => formatTarget(seen) === formatTarget(target.value))) {
      return failed(fault('usage', `The target ${piece} is named twice.`, 'Name every target once.'));
    }
    targets.push(target.value);
  }
  return ok(targets);
}

const withoutTrailingSlash = (path: string): string =>
  path.length > 1 && path.endsWith('/') ? withoutTrailingSlash(path.slice(0, -1)) : path;

const HINT = 'A target is SERVER or SERVER:/MOUNT, for example b or b:/mnt/usb.';

const COMMA_HINT =
  'Targets are separated by commas, without spaces. To reach a mount with a comma in its name, set it as its ' +
  'server\'s own ("btrfleet server edit SERVER --default-mount MOUNT") and name the server alone.';

const malformed = (text: string, hint = HINT): Fault => fault('usage', `"${text}" is not a target.`, hint);
