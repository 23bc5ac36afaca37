/** Hands work to the engine: a row in the journal, and an engine to claim it where none is at work. */
import type { Run, RunRequest } from '../model/runs/run.ts';
import type { Fleet } from '../run/ground/fleet.ts';
import { unlessJournalFails } from '../run/ground/unless-journal-fails.ts';
import { queueCutOff } from './settling.ts';

/** Starts a detached engine on the same state; how is known to whoever wires the program together. */
export type StartEngine = () => void;

/** The run goes on without the caller from here. */
export function queueRun(fleet: Fleet, request: RunRequest, startEngine: StartEngine): Run {
  const { journal, holder, isAlive } = fleet;
  const run = journal.createRun({ request, trigger: 'hand', state: 'queued', holder });
  // Looked at after the row was written: an engine that is about to leave looks once more after giving its place up.
  if (journal.currentEngine(isAlive) === null) startEngine();
  return run;
}

const KINDS = ['restore', 'extract'] as const;

/** What was cut off is brought to an end as soon as somebody looks. */
export function settleCutOff({ journal, holder, isAlive, clock }: Fleet, startEngine: StartEngine): void {
  unlessJournalFails(() => {
    journal.interruptDeadRuns(isAlive);
    queueCutOff(journal, holder, clock.now());
    const isWaiting = KINDS.some((kind) => journal.listRuns({ kind, state: 'queued', limit: 1 }).length > 0);
    if (isWaiting && journal.currentEngine(isAlive) === null) startEngine();
  });
}
