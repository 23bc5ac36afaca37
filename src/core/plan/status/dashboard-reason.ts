/** How a reason on the Dashboard is made, and where it says it is mended. */
import type { DashboardReason, Mend, ReasonLevel } from '../../model/status/dashboard.ts';

export const mend = (page: Mend['page'], object: string | null = null, tab: Mend['tab'] = null): Mend => ({
  page,
  tab,
  object,
});

/** About no server and no subvolume in particular. */
export const aboutAll = (level: ReasonLevel, message: string, hint: string, to: Mend): DashboardReason => ({
  level,
  subvolume: null,
  where: null,
  message,
  hint,
  mend: to,
});
