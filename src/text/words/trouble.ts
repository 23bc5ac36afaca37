/** How trouble reads for people who are told of it without having asked: with a title, as mail has it. */
import type { Trouble } from '../../core/model/status/alarm.ts';
import { URGENCY } from '../../core/model/status/finding.ts';
import type { ToldTrouble } from '../../core/plan/status/alarms.ts';
import { rpoText, STORAGE_KINDS } from '../../core/plan/status/troubles.ts';
import { findingWords } from './finding.ts';

export const troubleWords = (trouble: Trouble): ToldTrouble => ({
  level: URGENCY[trouble.level],
  ...findingWords(trouble),
  ...titled(trouble),
});

/** A title, and what the title leaves to be said where that is not what is said elsewhere. */
function titled(trouble: Trouble): { readonly title: string; readonly message?: string } {
  const { where } = trouble.subject;
  switch (trouble.code) {
    case 'configuration':
      return { title: 'Automation stands still' };
    case 'item-failed': {
      const { item, last } = trouble.facts;
      return {
        title: `${item} failed`,
        message: last.fault?.message ?? `Run ${last.id} ended as ${last.outcome}.`,
      };
    }
    case 'target-fails': {
      const { task, failures, fault } = trouble.facts;
      return {
        title: `Task ${task} fails on ${where}`,
        message: fault?.message ?? `${failures} rounds in a row failed.`,
      };
    }
    case 'left-alone': {
      const { task, failures, fault } = trouble.facts;
      return {
        title: `Task ${task} has left ${where} alone`,
        message: `${failures} rounds in a row failed. ${fault?.message ?? ''}`.trim(),
      };
    }
    case 'rpo-breached':
    case 'rpo-unknown': {
      const { task, restorePoint, rpoSeconds } = trouble.facts;
      const state = trouble.code === 'rpo-breached' ? 'is breached' : 'cannot be checked';
      return {
        title: `RPO of task ${task} ${state} on ${where}`,
        message: rpoText(where ?? '', restorePoint, rpoSeconds),
      };
    }
    case 'restore-open':
      return { title: `Restore ${trouble.facts.run} on ${where} was cut off` };
    case 'storage': {
      const { server, mount, kind } = trouble.facts;
      return { title: `Storage of ${server}: ${mount}: ${STORAGE_KINDS[kind] ?? kind}` };
    }
  }
}
