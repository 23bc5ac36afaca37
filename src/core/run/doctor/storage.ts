/**
 * Decides what doctor says of the room, the devices and the scrub of each filesystem of a server: what is about to fail,
 * what is only worth a warning, and which parts could not be read.
 */
import type { Fault } from '../../model/fault.ts';
import { usedShare } from '../../model/inventory.ts';
import { URGENCY } from '../../model/status/finding.ts';
import { gapSteps } from '../../plan/storage/gaps.ts';
import type { FilesystemState, ServerStorage } from '../storage/storage.ts';
import { bad, type DoctorCheck, good, unchecked, warned } from './verdict.ts';

export function storageChecks({ server, filesystems, fault: why }: ServerStorage): DoctorCheck[] {
  const name = `${server}: storage`;
  // What was known of it before says nothing of now.
  if (why !== null) return [couldNot(name, why)];
  if (filesystems.length === 0) return [unchecked(name, `${server}: filesystems`)];
  return filesystems.flatMap(checksOf);
}

function checksOf(state: FilesystemState): DoctorCheck[] {
  const { server, filesystem, warnings, unchecked } = state;
  const name = `${server}: storage ${filesystem.mount}`;
  const found = [
    ...warnings.map((one) => (URGENCY[one.level] === 'bad' ? bad(name, one) : warned(name, one))),
    ...gapSteps(unchecked).map((why) => couldNot(name, why)),
  ];
  return found.length > 0 ? found : [good(name, fineText(state))];
}

const couldNot = (name: string, { message, hint }: Pick<Fault, 'message' | 'hint'>): DoctorCheck => ({
  name,
  status: 'could-not-check',
  message,
  hint,
});

function fineText({ filesystem, storage }: FilesystemState): string {
  const share = usedShare(filesystem.space);
  const room = share === null ? 'free space not told' : `${Math.floor(share * 100)} % used`;
  const scrub = storage?.scrub.ok === true ? `, scrub: ${storage.scrub.value.status}` : '';
  return `${room}, no errors of devices${scrub}`;
}
