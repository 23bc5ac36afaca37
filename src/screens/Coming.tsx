/** A page that is to come says so, and where its work is done until then. */
import type { ReactNode } from 'react';
import { Lines } from '../components/Lines.tsx';
import { span } from '../components/line-width.ts';
import type { Line } from '../components/theme.ts';
import type { PageId } from '../store/state.ts';
import { wrap } from '../text/width.ts';
import type { PageProps } from './page.ts';

const TEXTS: Readonly<Partial<Record<PageId, string>>> = {
  dashboard: 'The Dashboard is to come; until then page 2 and "btrfleet doctor" tell how the fleet is.',
  automation: 'Automation is to come; until then cron can run "btrfleet replicate auto".',
  monitoring: 'Monitoring is to come; until then page 2 shows space, page 3 where replicas are.',
};

export function Coming({ state, width, height }: PageProps): ReactNode {
  const told = wrap(`  ${TEXTS[state.page] ?? ''}`, width - 2).map((text): Line => [span(text)]);
  return <Lines lines={[[], ...told]} width={width} height={height} />;
}
