/** Decides what of the journal's JSON about what was brought back can be trusted. */
import { z } from 'zod';
import type { Fault } from '../../../model/fault.ts';
import { EXTRACT_OUTCOMES, OVERWRITES } from '../../../model/runs/extract.ts';

const text = z.string();
const textOrNull = text.nullable();
const number = z.number();
export const nameAndUuid = z.object({ name: text, uuid: text });
export const sentBack = z.object({ server: text, path: text, uuid: text });

export const RESTORE_REQUEST = z.object({
  ...{ kind: z.literal('restore'), subvolume: text, server: text, filesystem: text, inside: text },
  ...{ from: nameAndUuid, live: textOrNull, at: text, moveNested: z.boolean() },
  ...{ undo: z.number().exactOptional(), settles: z.number().exactOptional() },
  forgets: z.literal(true).exactOptional(),
  back: sentBack.extend({ originId: text, to: text, base: textOrNull }).exactOptional(),
});

export const EXTRACT_REQUEST = z.object({
  ...{ kind: z.literal('extract'), subvolume: text, source: text, from: nameAndUuid, fromPath: text },
  ...{ paths: z.array(text), to: textOrNull, server: textOrNull, at: text },
  live: z.object({ filesystem: text, inside: text, uuid: textOrNull }).nullable(),
  ...{ overwrite: z.enum(OVERWRITES), removes: z.boolean() },
  ...{ include: z.array(text), exclude: z.array(text) },
  ...{ undo: number.exactOptional(), force: z.boolean().exactOptional(), settles: number.exactOptional() },
  shown: z.object({ removed: number, replaced: number, at: text.exactOptional() }).exactOptional(),
});

const countsSchema = z.object({
  ...{
    created: number,
    replaced: number,
    removed: number,
    attributes: number,
    left: number,
    skipped: number,
  },
});

export const extractReport = (fault: z.ZodType<Fault>) =>
  z.object({
    ...{ kind: z.literal('extract'), subvolume: text, server: textOrNull, to: textOrNull, source: text },
    ...{ from: nameAndUuid, outcome: z.enum(EXTRACT_OUTCOMES), counts: countsSchema },
    ...{ bytes: number, wireBytes: number },
    before: z.object({ path: text, uuid: textOrNull }).nullable(),
    ...{ missed: z.array(z.object({ path: text, pathBytes: textOrNull, why: text })), missedCount: number },
    settles: number.exactOptional(),
    fault: fault.nullable(),
  });
