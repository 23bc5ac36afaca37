/**
 * Decides how it is remembered what each snapshot was when it was last looked at closely, so that a later change shows, and
 * when replicas were last compared with their source: of each place and level the newest time, also when that replica is
 * gone by then, and what differed then. By server as well: machines made from one image have the same uuids.
 */
import type { Proof } from '../../model/proof.ts';
import { PROOF_LEVELS } from '../../model/runs/target-result.ts';
import type { Verification, VerifiedPart, VerifiedPlace } from '../../model/runs/verification.ts';
import type { JournalDatabase, Row } from './database.ts';

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

export interface VerificationJournal {
  /** Of all places. */
  verificationsOf(subvolume: string): Verification[];
  allVerifications(): Verification[];
  /** The newest first. */
  verifiedParts(place: VerifiedPlace): VerifiedPart[];
  rememberPart(place: VerifiedPlace, part: VerifiedPart): void;
  /** Where all there is new, or not to be relied on. */
  forgetParts(place: VerifiedPlace): void;
}

export const verificationJournal = (database: JournalDatabase): VerificationJournal => ({
  verificationsOf: (subvolume) =>
    database
      .rows('SELECT * FROM verifications WHERE subvolume = ? ORDER BY server, filesystem, level', subvolume)
      .flatMap(toVerification),
  allVerifications: () => database.rows('SELECT * FROM verifications').flatMap(toVerification),
  verifiedParts: (place) =>
    database
      .rows(
        `SELECT * FROM verified_parts
         WHERE subvolume = ? AND server = ? AND filesystem = ? AND directory = ? ORDER BY at DESC`,
        ...keyOf(place),
      )
      .map(({ share, part, at, source, replica }) => ({
        ...{ share: Number(share), part: Number(part), at: String(at) },
        ...{ source: String(source), replica: String(replica) },
      })),
  rememberPart: (place, { share, part, at, source, replica }) =>
    database.write(
      () =>
        void database.run(
          'INSERT OR REPLACE INTO verified_parts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
          ...[...keyOf(place), share, part, at, source, replica],
        ),
    ),
  forgetParts: (place) =>
    database.write(
      () =>
        void database.run(
          `DELETE FROM verified_parts
           WHERE subvolume = ? AND server = ? AND filesystem = ? AND directory = ?`,
          ...keyOf(place),
        ),
    ),
});

const keyOf = ({
  subvolume,
  server,
  filesystem,
  directory,
}: VerifiedPlace): [string, string, string, string] => [subvolume, server, filesystem, directory];

/** In a change of the journal. Takes the place of what was remembered of that level there. */
export const writeVerification = (database: JournalDatabase, one: Verification): void =>
  void database.run(
    `INSERT OR REPLACE INTO verifications
       (server, filesystem, subvolume, level, snapshot, source, replica, at, share, compared, differences, attributes)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[one.server, one.filesystem, one.subvolume, one.level, one.snapshot, one.source, one.replica, one.at],
    ...[one.share, one.compared, one.differences, one.attributes],
  );

/** A level of another version says nothing here. */
function toVerification(row: Row): Verification[] {
  const level = PROOF_LEVELS.find((one) => one === row['level']);
  if (level === undefined) return [];
  return [
    {
      level,
      server: String(row['server']),
      filesystem: String(row['filesystem']),
      subvolume: String(row['subvolume']),
      snapshot: String(row['snapshot']),
      source: String(row['source']),
      replica: String(row['replica']),
      at: String(row['at']),
      share: row['share'] === null ? null : Number(row['share']),
      compared: Number(row['compared']),
      differences: Number(row['differences']),
      attributes: Number(row['attributes']),
    },
  ];
}
