/**
 * Decides which hosts an ssh_config(5) names and what it says of them, for `server import`. Pure: it reads no file,
 * follows no Include and runs no Match.
 */
import { fault } from '../../model/fault.ts';
import { failed, ok, type Result } from '../../model/result.ts';
import { isServerName } from '../../model/server.ts';
import { matchesPattern } from './known-hosts.ts';

export interface ImportedHost {
  /** The alias, which can serve as a server name. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Null: the file does not say. */
  readonly user: string | null;
  /** As written, with `~`; null: the file does not say. */
  readonly identityFile: string | null;
  /** The alias or host it is reached through; null: none. */
  readonly jump: string | null;
}

export interface ImportedHosts {
  readonly hosts: readonly ImportedHost[];
  /** What was seen and not taken over, a sentence each. */
  readonly notes: readonly string[];
}

interface Block {
  readonly patterns: readonly string[];
  /** Lower case keyword → its first value: in ssh_config the first one counts. */
  readonly values: Map<string, string>;
}

const TAKEN = new Set(['hostname', 'user', 'port', 'identityfile', 'proxyjump']);

/** Faults: config-invalid, with the line. */
export function parseSshConfig(text: string): Result<ImportedHosts> {
  const notes: string[] = [];
  const blocks: Block[] = [{ patterns: ['*'], values: new Map() }];
  for (const [index, line] of text.split('\n').entries()) {
    const directive = parseDirective(line);
    if (directive === 'blank') continue;
    if (directive === null) return failed(invalid(index + 1, line.trim(), 'it is not "Keyword value"'));
    const [keyword, words] = directive;
    const first = words[0] ?? '';
    if (keyword === 'host') blocks.push({ patterns: words, values: new Map() });
    else if (keyword === 'match') {
      notes.push(`Line ${index + 1}: Match blocks are not taken over.`);
      blocks.push({ patterns: [], values: new Map() });
    } else if (keyword === 'include')
      notes.push(`Line ${index + 1}: Include ${words.join(' ')} is not followed; import that file too.`);
    else if (keyword === 'proxycommand' && first !== 'none')
      notes.push(`Line ${index + 1}: ProxyCommand is not taken over; use ProxyJump.`);
    else if (keyword === 'port' && !isPort(first))
      return failed(invalid(index + 1, line.trim(), 'the port is not a number from 1 to 65535'));
    else if (TAKEN.has(keyword)) {
      const values = blocks.at(-1)?.values;
      if (values && !values.has(keyword)) values.set(keyword, first);
    }
  }
  return ok({ hosts: hostsOf(blocks, notes), notes });
}

function hostsOf(blocks: readonly Block[], notes: string[]): ImportedHost[] {
  const names = new Set(blocks.flatMap((block) => block.patterns).filter((name) => !/[*?!]/.test(name)));
  return [...names].flatMap((name) => {
    if (isServerName(name)) return [importHost(name, blocks, notes)];
    notes.push(`Host ${name} cannot be a server name; it is left out.`);
    return [];
  });
}

function importHost(name: string, blocks: readonly Block[], notes: string[]): ImportedHost {
  const matching = blocks.filter((block) => appliesTo(block.patterns, name));
  const value = (keyword: string) =>
    matching.map((block) => block.values.get(keyword)).find((each) => each !== undefined) ?? null;
  const host = (value('hostname') ?? name).replaceAll('%h', name).replaceAll('%%', '%');
  const file = value('identityfile');
  return {
    name,
    host,
    port: Number(value('port') ?? 22),
    user: value('user'),
    identityFile: file === 'none' ? null : (file?.replaceAll('%d', '~').replaceAll('%h', host) ?? null),
    jump: jumpOf(name, value('proxyjump'), notes),
  };
}

function jumpOf(name: string, value: string | null, notes: string[]): string | null {
  if (value === null || value === 'none') return null;
  if (isServerName(value)) return value;
  notes.push(
    `Host ${name}: ProxyJump ${value} is more than one name; add that server and set --jump by hand.`,
  );
  return null;
}

function appliesTo(patterns: readonly string[], name: string): boolean {
  const excluded = patterns.some((each) => each.startsWith('!') && matchesPattern(each.slice(1), name));
  return !excluded && patterns.some((each) => !each.startsWith('!') && matchesPattern(each, name));
}

const isPort = (text: string): boolean =>
  /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;

/** `Keyword value…`, `Keyword=value`, words in double quotes; comments from # at the start of a word. */
function parseDirective(line: string): readonly [keyword: string, words: string[]] | 'blank' | null {
  const trimmed = line.trim();
  if (trimmed === '' || trimmed.startsWith('#')) return 'blank';
  const found = /^([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.+)$/.exec(trimmed);
  const keyword = found?.[1];
  const rest = found?.[2];
  if (keyword === undefined || rest === undefined) return null;
  const words: string[] = [];
  for (const [word, quoted] of rest.matchAll(/"([^"]*)"|\S+/g)) {
    if (quoted === undefined && word.startsWith('#')) break;
    words.push(quoted ?? word);
  }
  return words.length > 0 ? [keyword.toLowerCase(), words] : null;
}

const invalid = (line: number, text: string, why: string) =>
  fault(
    'config-invalid',
    `Line ${line} of the ssh config cannot be read: ${why}: ${text}`,
    'Mend that line and import again.',
  );
