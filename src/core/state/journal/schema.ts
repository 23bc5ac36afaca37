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
  `
  -- Which item of automation a run belongs to, the time it was due, and the run it is a part of.
  ALTER TABLE runs ADD COLUMN item TEXT;
  ALTER TABLE runs ADD COLUMN due_at TEXT;
  ALTER TABLE runs ADD COLUMN parent INTEGER;
  CREATE INDEX runs_item ON runs (item, id) WHERE item IS NOT NULL;
  CREATE INDEX runs_parent ON runs (parent) WHERE parent IS NOT NULL;

  -- The last due time each item was begun for. No reference to runs: it outlives what is pruned.
  CREATE TABLE items (
    item TEXT PRIMARY KEY,
    due_at TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    run_id INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE task_targets (
    task TEXT NOT NULL, target TEXT NOT NULL, failures INTEGER NOT NULL, fault TEXT, suspended_at TEXT,
    absent_since TEXT, tried_at TEXT NOT NULL, PRIMARY KEY (task, target)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE storage_samples (
    server TEXT NOT NULL, filesystem TEXT NOT NULL, hour TEXT NOT NULL, taken_at TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, used_bytes INTEGER NOT NULL, free_bytes INTEGER NOT NULL,
    PRIMARY KEY (server, filesystem, hour)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX storage_samples_time ON storage_samples (taken_at);

  -- Takes the place of \`inventories\`, which are read as long as there is no newer one: packed, and only written when
  -- something but the time is new. (Since version 4 without their lists, and not packed.)
  CREATE TABLE server_looks (
    server TEXT PRIMARY KEY, taken_at TEXT NOT NULL, format INTEGER NOT NULL, digest TEXT NOT NULL,
    content BLOB NOT NULL
  ) STRICT;

  CREATE TABLE storage_looks (
    server TEXT PRIMARY KEY,
    taken_at TEXT NOT NULL,
    content TEXT NOT NULL
  ) STRICT;

  CREATE TABLE sizes (
    uuid TEXT PRIMARY KEY, referenced_bytes INTEGER NOT NULL, exclusive_bytes INTEGER NOT NULL,
    source TEXT NOT NULL, measured_at TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX replicas_verified ON replicas (server, subvolume, verified_at);

  CREATE TABLE run_totals (
    kind TEXT NOT NULL, outcome TEXT NOT NULL, runs INTEGER NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY (kind, outcome)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE sent_totals (
    server TEXT PRIMARY KEY, bytes INTEGER NOT NULL, seconds REAL NOT NULL,
    replicas INTEGER NOT NULL, failures INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE alarms (
    key TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    since TEXT NOT NULL,
    told_at TEXT
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What the server said, in short.
  ALTER TABLE server_looks ADD COLUMN answer TEXT;

  -- The packed lists of \`server_looks\`: most of it, and seldom new.
  CREATE TABLE look_lists (
    server TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    content BLOB NOT NULL
  ) STRICT;
  `,
  `
  -- Disks that take turns at one mount have replicas of their own. '': of before, when the filesystem was not noted.
  CREATE TABLE replicas_of_filesystems (
    server TEXT NOT NULL, filesystem TEXT NOT NULL, path TEXT NOT NULL, origin_id TEXT NOT NULL,
    subvolume TEXT NOT NULL, mount TEXT NOT NULL, name TEXT NOT NULL, verified_at TEXT NOT NULL,
    PRIMARY KEY (server, filesystem, path)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO replicas_of_filesystems (server, filesystem, path, origin_id, subvolume, mount, name, verified_at)
    SELECT server, '', path, origin_id, subvolume, mount, name, verified_at FROM replicas;
  DROP TABLE replicas;
  ALTER TABLE replicas_of_filesystems RENAME TO replicas;
  CREATE INDEX replicas_subvolume ON replicas (subvolume, name);
  CREATE INDEX replicas_verified ON replicas (server, subvolume, verified_at);
  `,
  `
  -- Of the runs before the one it was last begun with: how many failed in a row, and the newest that ended as ok or failed.
  ALTER TABLE items ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE items ADD COLUMN ended_run INTEGER;

  -- What each way of telling people has brought them: \`{"mail": {"level": "bad", "at": "…"}}\`.
  ALTER TABLE alarms ADD COLUMN message TEXT NOT NULL DEFAULT '';
  ALTER TABLE alarms ADD COLUMN hint TEXT NOT NULL DEFAULT '';
  ALTER TABLE alarms ADD COLUMN told TEXT NOT NULL DEFAULT '{}';
  UPDATE alarms SET told = (
    SELECT json_group_object(way.value, json_object(
      'level', CASE alarms.state WHEN 'warning' THEN 'warning' ELSE 'bad' END,
      'at', coalesce(alarms.told_at, alarms.since)))
    FROM json_each('["command", "webhook", "mail"]') way
  ) WHERE told_at IS NOT NULL OR state = 'over';
  ALTER TABLE alarms DROP COLUMN told_at;
  `,
  `
  -- The newest replica that was seen whole on a filesystem, and that a later look did not show any more.
  CREATE TABLE gone_replicas (
    server TEXT NOT NULL, filesystem TEXT NOT NULL, subvolume TEXT NOT NULL,
    path TEXT NOT NULL, name TEXT NOT NULL, gone_at TEXT NOT NULL,
    PRIMARY KEY (server, filesystem, subvolume)
  ) STRICT, WITHOUT ROWID;

  -- Why the last try to look at a server failed; none: it did not.
  CREATE TABLE look_failures (server TEXT PRIMARY KEY, fault TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- What shared data with it when it was measured: as long as that is the same, what it holds alone is.
  ALTER TABLE sizes ADD COLUMN family TEXT NOT NULL DEFAULT '';
  `,
  `
  -- By which path people know a subvolume, the first one chosen first. before: uuids of those it took the place of.
  CREATE TABLE places (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    server TEXT NOT NULL, filesystem TEXT NOT NULL, path TEXT NOT NULL,
    inside TEXT NOT NULL, uuid TEXT NOT NULL, before TEXT NOT NULL,
    UNIQUE (server, filesystem, path)
  ) STRICT;
  `,
  `
  -- What each snapshot was when it was last looked at closely. doubt NULL: its id proved its content.
  CREATE TABLE proofs (
    server TEXT NOT NULL, filesystem TEXT NOT NULL, uuid TEXT NOT NULL, generation INTEGER NOT NULL,
    changed INTEGER NOT NULL, doubt TEXT, tried INTEGER NOT NULL, PRIMARY KEY (server, filesystem, uuid)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Every replica that was seen whole on a filesystem, that a later look did not show any more, and that we did not delete.
  CREATE TABLE missed_replicas (
    server TEXT NOT NULL, filesystem TEXT NOT NULL, path TEXT NOT NULL,
    subvolume TEXT NOT NULL, name TEXT NOT NULL, gone_at TEXT NOT NULL,
    PRIMARY KEY (server, filesystem, path)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What runs use (pin) and what they delete (doom), and how often any of it was over (journal/pins). ended NULL: it is not.
  CREATE TABLE pins (
    origin TEXT NOT NULL, filesystem TEXT NOT NULL, run INTEGER NOT NULL, kind TEXT NOT NULL,
    since TEXT NOT NULL, ended INTEGER,
    PRIMARY KEY (origin, filesystem, run, kind)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX pins_ended ON pins (ended, run);
  CREATE TABLE counters (name TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO counters VALUES ('moves', 1);
  -- The moves there had been when it began. NULL where it did: it was begun by a program that knows no pins.
  ALTER TABLE runs ADD COLUMN began INTEGER;
  UPDATE runs SET began = 0 WHERE state = 'finished';
  CREATE INDEX runs_of_older ON runs (id) WHERE began IS NULL AND state <> 'queued';
  `,
  `
  -- When the replicas of a subvolume on a filesystem were last compared with their source, for each level.
  CREATE TABLE verifications (
    subvolume TEXT, server TEXT, filesystem TEXT, level TEXT, snapshot TEXT NOT NULL, source TEXT NOT NULL,
    replica TEXT NOT NULL, at TEXT NOT NULL, share INTEGER, compared INTEGER NOT NULL, differences INTEGER NOT NULL,
    attributes INTEGER NOT NULL, PRIMARY KEY (subvolume, server, filesystem, level)
  ) STRICT, WITHOUT ROWID;

  -- Which parts of the content in a directory of replicas were compared, and when: all of it is the one part of the share 1.
  -- at NULL: never to its end. reached: where the last try was cut off; its offset is that of a large file.
  CREATE TABLE verified_parts (
    subvolume TEXT, server TEXT, filesystem TEXT, directory TEXT, share INTEGER, part INTEGER,
    at TEXT, tried TEXT NOT NULL, reached TEXT, reached_offset INTEGER, source TEXT NOT NULL, source_made INTEGER,
    replica TEXT NOT NULL, full_replica TEXT,
    PRIMARY KEY (subvolume, server, filesystem, directory, share, part)
  ) STRICT, WITHOUT ROWID;

  -- What was compared and is not the same, on the one server that has it; what is known to be made of such a one (made_of);
  -- and what was compared since and is the same (is_same). An id is never used again.
  CREATE TABLE different (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    server TEXT NOT NULL, filesystem TEXT NOT NULL, uuid TEXT NOT NULL, path TEXT NOT NULL, subvolume TEXT NOT NULL,
    found_at TEXT NOT NULL, what TEXT NOT NULL, made_of TEXT, is_same INTEGER NOT NULL DEFAULT 0,
    UNIQUE (server, filesystem, uuid)
  ) STRICT;
  CREATE INDEX different_filesystem ON different (filesystem);
  `,
];
