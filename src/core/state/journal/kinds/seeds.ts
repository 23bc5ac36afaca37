/** Decides what of the journal's JSON about seeds can be trusted. */
import { z } from 'zod';

const text = z.string();
const textOrNull = z.string().nullable();
const place = { server: textOrNull, directory: text };
const coding = { compress: z.literal('zstd').nullable(), encrypt: z.literal('age').nullable() };
const snapshot = z.object({ name: text, uuid: text, originId: text });

/** What a replication is given. */
export const seedSource = z.object({
  ...{ ...place, ...coding, from: text, identity: textOrNull, parts: z.number() },
  ...{ bytes: z.number(), digest: text },
  ...{ snapshot, base: snapshot.nullable(), mark: text, payloadBytes: z.number().nullable() },
});

export const seedRequest = z.discriminatedUnion('verb', [
  z.object({
    ...{ kind: z.literal('seed'), verb: z.literal('export'), subvolume: text, snapshot: text },
    ...{ base: textOrNull, place: z.object(place), splitBytes: z.number() },
    ...{ compress: coding.compress, recipient: textOrNull },
  }),
  z.object({
    ...{ kind: z.literal('seed'), verb: z.literal('import'), subvolume: text },
    ...{ place: z.object(place), identity: textOrNull },
    target: z.object({ server: text, mount: textOrNull }),
  }),
]);

/** Without what its replica came to. */
export const seedReport = z.object({
  ...{ kind: z.literal('seed'), verb: z.enum(['export', 'import']), subvolume: text, server: text },
  ...{ ...coding, place: z.object(place), snapshot: text, base: textOrNull },
  ...{ parts: z.number(), bytes: z.number(), keptParts: z.number(), elapsedSeconds: z.number() },
});
