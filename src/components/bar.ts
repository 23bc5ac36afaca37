/** Decides how a fraction is drawn: full cells and empty ones. Nothing is drawn for what is not known. */
import { glyph, type Theme } from './theme.ts';

/** `fraction` from 0 to 1; `width` in columns. Full only when it is whole. */
export function barText(fraction: number, width: number, theme: Theme): string {
  const whole = Math.min(1, Math.max(0, fraction));
  const full = whole === 1 ? width : Math.min(width - 1, Math.floor(whole * width));
  return (
    glyph('barFull', theme).repeat(Math.max(0, full)) +
    glyph('barEmpty', theme).repeat(Math.max(0, width - full))
  );
}
