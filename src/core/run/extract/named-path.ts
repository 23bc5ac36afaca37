/** Decides how a path of any bytes is told in plans and reports, which programs read as JSON. */
import { bytesText, plainText } from '../../model/file-name.ts';
import type { NamedPath } from '../../model/runs/extract.ts';

export const namedPath = (path: string): NamedPath => ({ path: plainText(path), pathBytes: bytesText(path) });
