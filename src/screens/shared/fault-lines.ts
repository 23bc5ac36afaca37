/** What stands in the place of a list that could not be read: what is not known, why, and what to do about it. */
import { span, wrapped } from '../../components/line-width.ts';
import type { Line } from '../../components/theme.ts';
import type { Fault } from '../../core/model/fault.ts';
import { formatName } from '../../text/format.ts';

export const faultLines = (
  title: string,
  { message, hint }: Pick<Fault, 'message' | 'hint'>,
  width: number,
): Line[] => [
  [],
  [span(`  ${title}`, 'bold')],
  [],
  ...wrapped(`  ${formatName(message)}`, width - 2),
  ...wrapped(`  ${formatName(hint)}`, width - 2, 'dim'),
];
