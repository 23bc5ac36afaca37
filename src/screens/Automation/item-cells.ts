/** Decides how an item of automation reads in a row: its schedule, whether it is on, how it went, when it is next. */
import type { Cell } from '../../components/table-layout.ts';
import { type Item, type ItemMemory, itemKey } from '../../core/model/automation/automation.ts';
import type { RunOutcome } from '../../core/model/runs/spec.ts';
import type { Schedule } from '../../core/model/schedule.ts';
import { type NextStep, nextStep } from '../../core/plan/automation/due.ts';
import { scheduleText } from '../../core/plan/time/schedule.ts';
import type { AppState } from '../../store/state.ts';
import { coarseAge, untilText } from '../../text/age.ts';
import { formatName, formatSeconds } from '../../text/format.ts';
import type { DetailRow } from '../shared/detail-lines.ts';

/** Null: it was never begun, or the journal was not read yet. */
export const memoryOf = ({ automation }: AppState, item: Item): ItemMemory | null =>
  automation?.items[itemKey(item)] ?? null;

/** Null: the journal was not read yet. */
export const stepOf = (state: AppState, item: Item): NextStep | null =>
  state.automation === null
    ? null
    : nextStep({
        item,
        memory: memoryOf(state, item),
        now: state.now,
        jitterSeconds: state.jitterSeconds,
      });

/** `every 15m`, or the expression and, where there is room, its zone. */
export const scheduleCell = (schedule: Schedule): Cell => ({
  text:
    schedule.kind === 'every'
      ? scheduleText(schedule)
      : `${formatName(schedule.expression)} ${schedule.timeZone}`,
});

export const onCell = (enabled: boolean): Cell =>
  enabled ? { text: 'on', tone: 'good' } : { text: 'off', tone: 'dim' };

/** When it was begun by itself last, and what came of it. */
export function lastCell(state: AppState, item: Item): Cell {
  const memory = memoryOf(state, item);
  if (memory === null || memory.run !== null) return lastRunCell(state, memory?.run ?? null);
  return { text: `? ${coarseAge(memory.dueAt, state.now)}`, tone: 'dim' };
}

/** Null: there was none. */
export function lastRunCell(
  state: AppState,
  run: { readonly outcome: RunOutcome | null; readonly finishedAt: string | null } | null,
): Cell {
  if (state.automation === null) return { text: '·', tone: 'dim' };
  if (run === null) return { text: 'never', tone: 'dim' };
  const { outcome, finishedAt } = run;
  const age = coarseAge(finishedAt, state.now);
  switch (outcome) {
    case null:
      return { text: '● running', tone: 'accent' };
    case 'ok':
      return { text: `✓ ${age}`, tone: 'good' };
    case 'cancelled':
      return { text: `▲ ${age}`, tone: 'warn' };
    case 'failed':
    case 'interrupted':
      return { text: `✗ ${age}`, tone: 'bad' };
  }
}

/** Why it went wrong the last time; empty: it did not. */
export const whyCell = (state: AppState, item: Item): Cell => ({
  text: formatName(memoryOf(state, item)?.run?.fault?.message ?? ''),
  tone: 'bad',
});

/** Failed or interrupted. */
export const hasFailed = (run: { readonly outcome: RunOutcome | null } | null | undefined): boolean =>
  run?.outcome === 'failed' || run?.outcome === 'interrupted';

/** Milliseconds; 0: never. */
export const lastRunTime = (memory: ItemMemory | null): number =>
  memory === null ? 0 : Date.parse(memory.run?.finishedAt ?? memory.dueAt);

export function nextCell(state: AppState, item: Item, enabled: boolean): Cell {
  if (!enabled) return { text: '-', tone: 'dim' };
  const step = stepOf(state, item);
  if (step === null) return { text: '·', tone: 'dim' };
  switch (step.kind) {
    case 'due':
      return state.automation?.scheduler
        ? { text: 'now', tone: 'accent' }
        : { text: '▲ waits', tone: 'warn' };
    case 'running':
      return { text: 'running', tone: 'accent' };
    case 'wait':
      return step.why === 'retry'
        ? { text: againText(step.until, state.now), tone: 'warn' }
        : { text: untilText(step.until, state.now) };
    case 'never':
      return { text: '✗ never', tone: 'bad' };
  }
}

/** The next time in milliseconds, to order by; last those that have none. */
export function nextTime(state: AppState, item: Item, enabled: boolean): number {
  const step = enabled ? stepOf(state, item) : null;
  if (step?.kind === 'wait') return Date.parse(step.until);
  return step?.kind === 'due' || step?.kind === 'running' ? 0 : Number.MAX_SAFE_INTEGER;
}

/** Of a failure that may pass. */
const againText = (iso: string, now: number): string =>
  `again ${Date.parse(iso) - now < 60_000 ? 'soon' : untilText(iso, now).replace(/^in /, '')}`;

/** How it went the last time it was begun by itself, and why it failed; and when it is next. */
export const itemDetails = (state: AppState, item: Item, enabled: boolean): DetailRow[] => [
  ['Last', lastText(state, memoryOf(state, item))],
  ...whyRows(memoryOf(state, item)),
  ['Next', nextText(state, item, enabled)],
];

/** Why it failed the last time; none: it did not. */
export function whyRows(memory: ItemMemory | null): DetailRow[] {
  const why = memory?.run?.fault ?? null;
  if (why === null) return [];
  return [
    ['', formatName(why.message)],
    ['', formatName(why.hint)],
  ];
}

function lastText({ automation, now }: AppState, memory: ItemMemory | null): string {
  if (automation === null) return 'not read yet';
  if (memory === null) return 'never begun by itself';
  const due = `due ${memory.dueAt}`;
  const tries = memory.attempt > 1 ? `, try ${memory.attempt}` : '';
  if (memory.run === null) return `${due}${tries}; its run is no longer in the journal`;
  const { id, outcome, finishedAt } = memory.run;
  const ended = finishedAt === null ? '' : `, ended ${coarseAge(finishedAt, now)} ago`;
  return `run ${id}: ${outcome ?? 'running'}${ended} (${due}${tries})`;
}

export function nextText(state: AppState, item: Item, enabled: boolean): string {
  if (!enabled) return 'off: it is not done by itself';
  const step = stepOf(state, item);
  if (step === null) return 'not read yet';
  switch (step.kind) {
    case 'due':
      return state.automation?.scheduler
        ? `now (due ${step.dueAt})`
        : `due since ${step.dueAt}, and no scheduler runs that would begin it`;
    case 'running':
      return 'when the one that runs has ended';
    case 'wait': {
      const away = formatSeconds(Math.max(0, (Date.parse(step.until) - state.now) / 1000));
      const why = { schedule: '', retry: ': tried again', jitter: ': put off by chance' }[step.why];
      return `${step.until}, in ${away}${why}`;
    }
    case 'never':
      return `never: ${step.fault.message} ${step.fault.hint}`;
  }
}
