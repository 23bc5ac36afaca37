/** Hands the theme to every widget; the one thing that is not a prop, as it never changes. */
import { createContext, useContext } from 'react';
import type { Theme } from './theme.ts';

export const ThemeContext = createContext<Theme>({ color: true, unicode: true });

export const useTheme = (): Theme => useContext(ThemeContext);
