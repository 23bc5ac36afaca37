/** Decides how tabs stand on a line: all of them with their keys where there is room, else shorter ones. */
import { lineWidth, span } from './line-width.ts';
import type { Line } from './theme.ts';

export interface Tab {
  readonly id: string;
  readonly title: string;
  /** In front of the title, such as `1`. */
  readonly key?: string;
}

export function tabLine(tabs: readonly Tab[], active: string, width: number): Line {
  for (const cut of [Number.POSITIVE_INFINITY, 6, 4, 0]) {
    const line = tabs.flatMap((tab) => tabSpans(tab, tab.id === active, cut));
    if (lineWidth(line) <= width || cut === 0) return line;
  }
  return [];
}

/** The active one always in full: that is where the reader is. */
function tabSpans({ title, key }: Tab, active: boolean, cut: number): Line {
  const shown = active ? title : title.slice(0, cut);
  const text = [key, shown].filter((part) => part !== undefined && part !== '').join(' ');
  return [span(` ${text} `, active ? 'inverse' : 'plain')];
}
