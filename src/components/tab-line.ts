/** Decides how tabs stand on a line: all of them with their keys where there is room, else shorter ones. */
import { lineWidth, span } from './line-width.ts';
import type { Line } from './theme.ts';

export interface Tab {
  readonly id: string;
  readonly title: string;
  /** In place of the title where there is little room. */
  readonly short?: string;
  /** In front of the title, such as `1`. */
  readonly key?: string;
}

/** In full, else the active one in full and the others short, else keys only but for the active one. */
export function tabLine(tabs: readonly Tab[], active: string, width: number): Line {
  const others: readonly ((tab: Tab) => string)[] = [
    ({ title }) => title,
    ({ title, short }) => short ?? title,
    ({ key, title }) => (key === undefined ? title : ''),
  ];
  const lines = others.map((shown) =>
    tabs.flatMap((tab) => tabSpans(tab, tab.id === active ? tab.title : shown(tab), tab.id === active)),
  );
  return lines.find((line) => lineWidth(line) <= width) ?? lines.at(-1) ?? [];
}

function tabSpans({ key }: Tab, shown: string, active: boolean): Line {
  const text = [key, shown].filter((part) => part !== undefined && part !== '').join(' ');
  return [span(` ${text} `, active ? 'inverse' : 'plain')];
}
