/** Decides that a state directory which was made for simulated servers holds no others: what is meant for them reaches nothing real. */
import { z } from 'zod';
import type { Server } from '../../model/server.ts';

/** Whoever makes a state directory for simulated servers confines it to them. */
export interface Confinement {
  /** The screen says it all the time. */
  readonly label: string;
  /** `host:port`: no other server may be in it, and this machine neither. */
  readonly addresses: readonly string[];
}

export const confinement: z.ZodType<Confinement> = z.object({
  label: z.string().min(1),
  addresses: z.array(z.string()),
});

/** The flaws, each at its server. */
export function outsideConfinement({
  servers,
  confinement: within,
}: {
  readonly servers: readonly Server[];
  readonly confinement?: Confinement | undefined;
}): { readonly path: readonly PropertyKey[]; readonly reason: string }[] {
  if (within === undefined) return [];
  const reason = `this state directory may hold no other servers (${within.label})`;
  return servers.flatMap(({ host, port, auth }, index) =>
    auth.kind !== 'local' && within.addresses.includes(`${host}:${port}`)
      ? []
      : [{ path: ['servers', index], reason }],
  );
}
