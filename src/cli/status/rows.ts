/** Health, Dashboard and warnings of disks as `--json` has them: what was found out, with the words for it. */
import type { Dashboard, FilesystemWarning } from '../../core/model/status/dashboard.ts';
import { type Finding, URGENCY } from '../../core/model/status/finding.ts';
import type { FleetHealth, Health } from '../../core/model/status/health.ts';
import { dashboardWords, findingWords } from '../../text/words/finding.ts';
import { mendOf } from '../../text/words/mend.ts';

export const warningRow = ({ kind, level, message, hint }: FilesystemWarning) => ({
  kind,
  level: URGENCY[level],
  message,
  hint,
});

export const healthRow = (health: Health) => ({ ...health, reasons: health.reasons.map(healthReason) });

export type HealthRow = ReturnType<typeof healthRow>;

export const fleetHealthRow = (all: FleetHealth) => ({
  ...all,
  reasons: all.reasons.map(healthReason),
  subvolumes: all.subvolumes.map(healthRow),
});

const healthReason = (reason: Finding) => ({
  level: reason.level,
  where: reason.subject.where,
  ...findingWords(reason),
  page: mendOf(reason).page,
});

export const dashboardRow = (all: Dashboard) => ({
  ...all,
  reasons: all.reasons.map(dashboardReason),
  servers: all.servers.map((server) => ({
    ...server,
    filesystems: server.filesystems.map((one) => ({ ...one, warnings: one.warnings.map(warningRow) })),
  })),
  subvolumes: all.subvolumes.map((one) => ({ ...one, reasons: one.reasons.map(dashboardReason) })),
});

export type DashboardRow = ReturnType<typeof dashboardRow>;

const dashboardReason = (reason: Finding) => ({
  level: reason.level,
  ...reason.subject,
  ...dashboardWords(reason),
  mend: mendOf(reason),
});
