// What a house rule reads and what it says.
import type { SourceText } from './source-text.ts';

export interface HouseFile {
  /** Below the root, with forward slashes. */
  path: string;
  text: string;
  source: SourceText;
}

export interface Finding {
  path: string;
  /** From 1. */
  line: number;
  rule: Rule;
  message: string;
}

export const RULES = [
  'room',
  'imports',
  'circle',
  'crowded',
  'file-length',
  'file-name',
  'barrel',
  'hidden-input',
  'suppression',
  'machine-path',
  'escaped-path',
  'bounded-output',
  'exception',
] as const;

export type Rule = (typeof RULES)[number];
