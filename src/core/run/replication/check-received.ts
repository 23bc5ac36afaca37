/** Looks at what came, once both ends said that all went well. */
import { showCommand } from '../../btrfs/ask/commands.ts';
import { belowMount } from '../../btrfs/ask/way-script.ts';
import { unsafePath } from '../../btrfs/messages/unsafe-path.ts';
import { parseShow, type ShownSubvolume } from '../../btrfs/read/show.ts';
import { quoteWord } from '../../model/command-line.ts';
import { type Fault, fault } from '../../model/fault.ts';
import { failed, type Result } from '../../model/result.ts';
import type { SendStep } from '../../model/runs/replication.ts';
import type { TargetSession } from './target-session.ts';

/** The target itself must list it, read-only, with the right origin id; exit codes alone prove nothing. */
export async function checkReceived(
  session: TargetSession,
  path: string,
  step: SendStep,
): Promise<Result<ShownSubvolume>> {
  const failedBy = (why: string, retry: boolean) =>
    failed(unverified(session.place.server, path, why, retry));
  const { server, mount } = session.place;
  const { host } = session;
  const shown = await host.run(showCommand(host.facts.sudo, belowMount(mount, path)));
  if (!shown.ok) return failedBy(`the look at it failed: ${shown.fault.message.replace(/\.$/, '')}`, true);
  const unsafe = unsafePath(shown.value.stderr, server);
  if (unsafe !== null) return failed(unsafe);
  const found = parseShow(shown.value.stdout);
  if (shown.value.code !== 0 || !found.ok) return failedBy('it is not there', false);
  if (!found.value.readOnly) return failedBy('it is writable', false);
  if (found.value.receivedUuid === step.snapshot.originId) return found;
  return failedBy(`its received uuid is ${found.value.receivedUuid ?? 'not set'}`, false);
}

const unverified = (server: string, path: string, why: string, retry: boolean): Fault =>
  fault(
    'verify-failed',
    `Both ends said the transfer went well, but ${path} on ${server} could not be verified: ${why}.`,
    `Look at it there with "btrfs subvolume show ${quoteWord(path)}". It is not counted as a replica.`,
    { server, retry },
  );
