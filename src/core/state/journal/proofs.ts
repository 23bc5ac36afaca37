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
  /** The one that was tried last first. */
  verifiedParts(place: VerifiedPlace): VerifiedPart[];
  /** When any part was tried last, of each place of that subvolume. */
  triedParts(subvolume: string): (VerifiedPlace & Pick<VerifiedPart, 'tried'>)[];
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
         WHERE subvolume = ? AND server = ? AND filesystem = ? AND directory = ? ORDER BY tried DESC`,
        ...keyOf(place),
      )
      .map(toPart),
  triedParts: (subvolume) =>
    database
      .rows(
        `SELECT server, filesystem, directory, max(tried) tried FROM verified_parts
         WHERE subvolume = ? GROUP BY server, filesystem, directory`,
        subvolume,
      )
      .map(({ server, filesystem, directory, tried }) => ({
        ...{ subvolume, server: String(server), filesystem: String(filesystem) },
        ...{ directory: String(directory), tried: String(tried) },
      })),
  rememberPart: (place, { share, part, at, tried, reached, source, sourceMade, replica, full }) =>
    database.write(
      () =>
        void database.run(
          `INSERT OR REPLACE INTO verified_parts
             (subvolume, server, filesystem, directory, share, part, at, tried, reached, reached_offset,
              source, source_made, replica, full_replica)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          ...[...keyOf(place), share, part, at, tried, reached?.path ?? null, reached?.offset ?? null],
          ...[source, sourceMade, replica, full],
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

const toPart = (row: Row): VerifiedPart => {
  const textOf = (name: string): string | null => (row[name] === null ? null : String(row[name]));
  const numberOf = (name: string): number | null => (row[name] === null ? null : Number(row[name]));
  const reached = textOf('reached');
  return {
    ...{ share: Number(row['share']), part: Number(row['part']) },
    ...{ at: textOf('at'), tried: String(row['tried']) },
    reached: reached === null ? null : { path: reached, offset: numberOf('reached_offset') },
    ...{ source: String(row['source']), sourceMade: numberOf('source_made') },
    ...{ replica: String(row['replica']), full: textOf('full_replica') },
  };
};

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
