/**
 * Decides how it is remembered what each snapshot was when it was last looked at closely, so that a later change shows.
 * By server as well: machines made from one image have the same uuids.
 */
import type { Proof } from '../../model/proof.ts';
import type { JournalDatabase } from './database.ts';

export interface ProofJournal {
  /** By the uuid of the snapshot. */
  proofs(server: string, filesystem: string): ReadonlyMap<string, Proof>;
  /** Replaces what was remembered of these. */
  rememberProofs(server: string, filesystem: string, proofs: readonly Proof[]): void;
  /** Drops what is remembered of snapshots that are not there any more; `gone`: uuids. */
  forgetProofs(server: string, filesystem: string, gone: readonly string[]): void;
}

const DOUBTS = ['inherited', 'changed', 'unchecked'] as const;

export const proofJournal = (database: JournalDatabase): ProofJournal => ({
  proofs: (server, filesystem) =>
    new Map(
      database
        .rows('SELECT * FROM proofs WHERE server = ? AND filesystem = ?', server, filesystem)
        .map((row) => [String(row['uuid']), toProof(row)]),
    ),
  rememberProofs: (server, filesystem, proofs) => {
    if (proofs.length === 0) return;
    database.write(() => {
      for (const { uuid, generation, changed, doubt, tried } of proofs) {
        database.run(
          `INSERT OR REPLACE INTO proofs (server, filesystem, uuid, generation, changed, doubt, tried)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
          ...[server, filesystem, uuid, generation, changed, doubt, tried],
        );
      }
    });
  },
  forgetProofs: (server, filesystem, gone) => {
    if (gone.length === 0) return;
    database.write(() => {
      for (const uuid of gone) {
        database.run(
          'DELETE FROM proofs WHERE server = ? AND filesystem = ? AND uuid = ?',
          ...[server, filesystem, uuid],
        );
      }
    });
  },
});

const toProof = (row: Record<string, unknown>): Proof => {
  const { uuid, generation, changed, doubt, tried } = row;
  return {
    uuid: String(uuid),
    generation: Number(generation),
    changed: Number(changed),
    // A word of another version is nothing to be relied on.
    doubt: doubt === null ? null : (DOUBTS.find((one) => one === doubt) ?? 'unchecked'),
    tried: Number(tried),
  };
};
