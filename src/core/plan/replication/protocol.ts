/** Decides which send protocol both ends can speak. Protocol 2 can carry compressed extents as they are. */

export interface SendAbility {
  /** What the kernel can send. */
  readonly sendStreamVersion: number;
  /** Version of btrfs-progs, such as `6.2`; null when not known. */
  readonly btrfsProgs: string | null;
}

/** `btrfs send --compressed-data` and a receive that takes it came with btrfs-progs 5.19. */
const PROGS: readonly [number, number] = [5, 19];

export const canSendCompressed = (source: SendAbility, target: SendAbility): boolean =>
  source.sendStreamVersion >= 2 && hasProtocol2(source.btrfsProgs) && hasProtocol2(target.btrfsProgs);

function hasProtocol2(version: string | null): boolean {
  const [major = 0, minor = 0] = (version ?? '').split('.').map((part) => Number.parseInt(part, 10));
  return major > PROGS[0] || (major === PROGS[0] && minor >= PROGS[1]);
}
