/** Decides how the words that say how far replicas are compared are read. */
import { type Fault, fault } from '../../core/model/fault.ts';
import { failed, ok, type Result } from '../../core/model/result.ts';
import { PROOF_LEVELS, type ProofLevel } from '../../core/model/runs/target-result.ts';
import { parseDuration } from '../../text/parse-duration.ts';
import { wholeNumber } from '../frame/whole-number.ts';

export interface ComparedOptions {
  readonly level?: string;
  readonly share?: string;
  readonly budget?: string;
}

export interface HowFar {
  readonly level: ProofLevel;
  readonly share: number | null;
  readonly budgetSeconds: number | null;
}

export function howFar(options: ComparedOptions): Result<HowFar> {
  const level = PROOF_LEVELS.find((one) => one === (options.level ?? 'metadata'));
  if (level === undefined)
    return failed(usage('--level', options.level ?? '', `It is one of ${PROOF_LEVELS.join(', ')}.`));
  const share = options.share === undefined ? null : shareOf(options.share);
  if (share !== null && (Number.isNaN(share) || level !== 'content'))
    return failed(usage('--share', options.share ?? '', 'For example --level content --share 1/30.'));
  const budgetSeconds = options.budget === undefined ? null : parseDuration(options.budget);
  if (options.budget !== undefined && !budgetSeconds)
    return failed(usage('--budget', options.budget, 'For example --budget 10m.'));
  return ok({ level, share, budgetSeconds });
}

/** NaN: it is no share. All of it is one. */
function shareOf(text: string): number {
  const [, parts = ''] = /^1\/(.*)$/.exec(text) ?? [];
  return wholeNumber(parts, 1, 10_000) ?? Number.NaN;
}

const usage = (option: string, text: string, hint: string): Fault =>
  fault('usage', `${option} ${text} is not known.`, hint);
