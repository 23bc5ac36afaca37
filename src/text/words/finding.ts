/** What somebody should know, as all faces say it: what and where, and the next step. */
import type { Finding, FindingCode } from '../../core/model/status/finding.ts';
import { FLEET_WORDS, placed } from './fleet.ts';
import { REPLICATION_WORDS } from './replication.ts';
import type { WordsOf } from './told.ts';

const WORDS: WordsOf = { ...REPLICATION_WORDS, ...FLEET_WORDS };

export interface Words {
  readonly message: string;
  /** The next step, with the command where there is one; empty: there is nothing to do. */
  readonly hint: string;
}

export function findingWords<C extends FindingCode>({ code, level, subject, facts }: Finding<C>): Words {
  const place = { level, subvolume: subject.subvolume ?? '', where: subject.where ?? '' };
  const [message, hint] = WORDS[code](facts, place);
  return { message, hint };
}

/** Beside what is told of other subvolumes: it is named. */
export function dashboardWords(finding: Finding): Words {
  const { subvolume } = finding.subject;
  const { message, hint } = findingWords(finding);
  const isNamed = subvolume === null || finding.code === 'transfer-still';
  return { message: isNamed ? message : placed(subvolume, message), hint };
}
