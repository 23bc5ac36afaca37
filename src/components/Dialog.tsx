/** A framed box in the middle of the body: title, lines, keys. What it says and does is the caller's. */
import { Box } from 'ink';
import type { ReactNode } from 'react';
import { Lines } from './Lines.tsx';
import { cutLine, fillLine, lineWidth, span } from './line-width.ts';
import { glyph, type Line, type Theme } from './theme.ts';
import { useTheme } from './theme-context.ts';

export interface DialogProps {
  readonly title: string;
  readonly lines: readonly Line[];
  /** The keys that work in it, last line of the box. */
  readonly keys?: Line;
  /** Room there is. */
  readonly width: number;
  readonly height: number;
  /** Wanted columns inside the frame. Default: 72. */
  readonly inner?: number;
  /** Frame and title shout. */
  readonly danger?: boolean;
}

export function Dialog(props: DialogProps): ReactNode {
  const theme = useTheme();
  const framed = frame(props, theme);
  const boxWidth = innerWidth(props) + 4;
  return (
    <Box width={props.width} height={props.height} justifyContent="center" alignItems="center">
      <Lines lines={framed} width={boxWidth} height={framed.length} />
    </Box>
  );
}

export const innerWidth = ({ width, inner = 72 }: Pick<DialogProps, 'width' | 'inner'>): number =>
  Math.max(10, Math.min(inner, width - 6));

/** Lines there is room for between the frame and the keys. */
export const innerHeight = ({ height, keys }: Pick<DialogProps, 'height' | 'keys'>): number =>
  Math.max(1, height - 2 - (keys ? 2 : 0));

function frame(props: DialogProps, theme: Theme): Line[] {
  const inner = innerWidth(props);
  const edge = props.danger ? 'bad' : 'accent';
  const side = glyph('vertical', theme);
  const rule = glyph('horizontal', theme);
  const row = (line: Line): Line => [
    span(`${side} `, edge),
    ...fillLine(line, inner, theme),
    span(` ${side}`, edge),
  ];
  const title = cutLine([span(` ${props.title} `, 'bold')], inner, theme);
  const titleWidth = lineWidth(title);
  const body = props.lines.slice(0, innerHeight(props));
  const keys = props.keys ? [row([]), row(props.keys)] : [];
  return [
    [
      span(`${glyph('topLeft', theme)}${rule}`, edge),
      ...title,
      span(`${rule.repeat(Math.max(0, inner + 1 - titleWidth))}${glyph('topRight', theme)}`, edge),
    ],
    ...body.map(row),
    ...keys,
    [span(`${glyph('bottomLeft', theme)}${rule.repeat(inner + 2)}${glyph('bottomRight', theme)}`, edge)],
  ];
}
