// Puts the house rules together for one file, and takes off what an exception with a reason excuses:
//   // house: RULE why this one is different
// on the line of the finding, the line above it, or anywhere for what concerns the whole file.
import { type Finding, type HouseFile, RULES, type Rule } from './finding.ts';
import { checkImports } from './imports.ts';
import { checkMachinePaths, checkRules } from './rules.ts';
import { readSource } from './source-text.ts';

interface Exception {
  line: number;
  rule: string;
  reason: string;
}

const WHOLE_FILE: readonly Rule[] = ['file-length', 'file-name', 'room'];
const MIN_REASON_WORDS = 3;

const exceptionsOf = ({ source }: HouseFile): Exception[] =>
  source.comments.flatMap(({ line, text }) => {
    const match = /^\/\/ house:\s*(?<rule>\S*)\s*(?<reason>.*)$/.exec(text);
    return match?.groups
      ? [{ line, rule: match.groups['rule'] ?? '', reason: match.groups['reason'] ?? '' }]
      : [];
  });

const excuses = (exception: Exception, finding: Finding): boolean =>
  exception.rule === finding.rule &&
  (WHOLE_FILE.includes(finding.rule) || [finding.line, finding.line - 1].includes(exception.line));

/** What is wrong with the exception itself; undefined if nothing. */
function objection(exception: Exception, findings: readonly Finding[]): string | undefined {
  const { rule, reason } = exception;
  if (!RULES.some((known) => known === rule)) return `no rule is called "${rule}"`;
  if (reason.split(/\s+/).filter(Boolean).length < MIN_REASON_WORDS)
    return `an exception from ${rule} needs a reason`;
  return findings.some((found) => excuses(exception, found)) ? undefined : `excuses nothing here (${rule})`;
}

export function checkFile(path: string, text: string): Finding[] {
  const everywhere = checkMachinePaths(path, text);
  if (!/\.(?:ts|tsx|mjs)$/.test(path)) return everywhere;
  const file: HouseFile = { path, text, source: readSource(text) };
  const findings = [...everywhere, ...checkImports(file), ...checkRules(file)];
  const exceptions = exceptionsOf(file);
  const wrong = exceptions.flatMap((exception): Finding[] => {
    const message = objection(exception, findings);
    return message ? [{ path, line: exception.line, rule: 'exception', message }] : [];
  });
  const standing = findings.filter(
    (found) => !exceptions.some((exception) => excuses(exception, found) && !objection(exception, findings)),
  );
  return [...standing, ...wrong].sort((a, b) => a.line - b.line);
}
