/**
 * Decides what the journal's tables look like and how an older one becomes today's. A step that was released is
 * never changed: a new one is added.
 */

/** Step n takes a journal from `user_version` n to n + 1. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    request TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'finished')),
    outcome TEXT,
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    holder TEXT,
    seen_at TEXT,
    job TEXT,
    report TEXT
  ) STRICT;
  CREATE INDEX runs_unfinished ON runs (state, id) WHERE state <> 'finished';
  CREATE INDEX runs_finished ON runs (finished_at) WHERE state = 'finished';

  -- What a run is about, to find it by: its servers and its subvolumes.
  CREATE TABLE run_subjects (
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('server', 'subvolume')),
    name TEXT NOT NULL,
    PRIMARY KEY (kind, name, run_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX run_subjects_run ON run_subjects (run_id);

  CREATE TABLE results (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    server TEXT NOT NULL,
    mount TEXT,
    status TEXT NOT NULL,
    mode TEXT NOT NULL,
    snapshot TEXT,
    base TEXT,
    path TEXT NOT NULL,
    sent_bytes INTEGER NOT NULL,
    estimated_bytes INTEGER,
    elapsed_seconds REAL NOT NULL,
    verified INTEGER NOT NULL,
    fault TEXT,
    started_at TEXT NOT NULL,
    finished_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX results_run ON results (run_id);
  CREATE INDEX results_server ON results (server, finished_at);

  -- No reference to runs: a mark outlives the run that made it.
  CREATE TABLE receiving (
    server TEXT NOT NULL,
    path TEXT NOT NULL,
    origin_id TEXT NOT NULL,
    run_id INTEGER,
    noted_at TEXT NOT NULL,
    PRIMARY KEY (server, path)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE replicas (
    server TEXT NOT NULL,
    path TEXT NOT NULL,
    origin_id TEXT NOT NULL,
    subvolume TEXT NOT NULL,
    mount TEXT NOT NULL,
    name TEXT NOT NULL,
    verified_at TEXT NOT NULL,
    PRIMARY KEY (server, path)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX replicas_subvolume ON replicas (subvolume, name);

  CREATE TABLE inventories (
    server TEXT PRIMARY KEY,
    taken_at TEXT NOT NULL,
    format INTEGER NOT NULL,
    content TEXT NOT NULL
  ) STRICT;

  -- Ids are never used again, so that a late release cannot free somebody else's lock.
  CREATE TABLE locks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    holder TEXT NOT NULL,
    run_id INTEGER,
    what TEXT NOT NULL,
    since TEXT NOT NULL,
    seen_at TEXT NOT NULL
  ) STRICT;

  CREATE TABLE engine (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    holder TEXT NOT NULL,
    since TEXT NOT NULL,
    seen_at TEXT NOT NULL
  ) STRICT;
  `,
];
