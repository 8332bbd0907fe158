"""The tables of ``registry.sqlite``: the truth, from which index shards can be made again at any time."""

from typing import Final

APPLICATION: Final = 0x50524F56  # "PROV", so that ``file`` and we can tell a registry from another database
VERSION: Final = 2

LOG: Final = """
CREATE TABLE log (                  -- append-only; each row holds the SHA-256 of the one before
    entry    INTEGER PRIMARY KEY,
    time     TEXT NOT NULL,         -- UTC, ISO 8601
    action   TEXT NOT NULL CHECK (action IN ('init', 'add', 'set', 'remove', 'purge')),
    work     TEXT,                  -- commitment to the work's id: HMAC-SHA-256 under its salt
    content  TEXT,                  -- commitment to what was recorded
    previous TEXT NOT NULL
) STRICT;
CREATE TRIGGER log_is_never_changed BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_is_never_cut BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
"""

TABLES: Final = """
CREATE TABLE works (
    id      TEXT PRIMARY KEY,
    salt    BLOB NOT NULL,          -- erase it, and no entry of the log can be tied to the work any more
    removed INTEGER REFERENCES log DEFERRABLE INITIALLY DEFERRED,
    reason  TEXT
) STRICT;
CREATE INDEX works_by_removal ON works (removed) WHERE removed IS NOT NULL;

CREATE TABLE statements (           -- what was said of a work, by field; the newest statement of a field holds, the others are its history
    key    INTEGER PRIMARY KEY,
    work   TEXT NOT NULL REFERENCES works,
    entry  INTEGER NOT NULL REFERENCES log DEFERRABLE INITIALLY DEFERRED,
    field  TEXT NOT NULL,
    value  TEXT NOT NULL,           -- JSON; null is UNKNOWN
    origin TEXT NOT NULL CHECK (origin IN ('file', 'metadata', 'set')),
    source TEXT NOT NULL
) STRICT;
CREATE INDEX statements_of_work ON statements (work, field, key);
CREATE INDEX statements_by_entry ON statements (entry);  -- without it SQLite reads all of them for each new entry of the log

CREATE TABLE assets (
    id       TEXT PRIMARY KEY,      -- SHA-256 of the file's bytes
    modality TEXT NOT NULL,
    size     INTEGER NOT NULL
) STRICT;

CREATE TABLE files (                -- which work an asset belongs to, and where its file was
    work  TEXT NOT NULL REFERENCES works,
    asset TEXT NOT NULL REFERENCES assets,
    entry INTEGER NOT NULL REFERENCES log DEFERRABLE INITIALLY DEFERRED,
    file  TEXT NOT NULL,
    PRIMARY KEY (work, asset)
) STRICT, WITHOUT ROWID;
CREATE INDEX files_of_asset ON files (asset);
CREATE INDEX files_by_entry ON files (entry);

CREATE TABLE fingerprints (         -- a fingerprint, or why there is none
    asset  TEXT NOT NULL REFERENCES assets,
    scheme TEXT NOT NULL,
    digest TEXT,                    -- SHA-256 of the fingerprint
    reason TEXT,
    detail TEXT,
    value  BLOB,
    PRIMARY KEY (asset, scheme),
    CHECK ((value IS NULL) = (reason IS NOT NULL))
) STRICT;

CREATE VIEW live AS                 -- assets of works that were not removed
    SELECT * FROM assets
    WHERE EXISTS (SELECT 1 FROM files JOIN works ON works.id = work WHERE asset = assets.id AND removed IS NULL);
CREATE VIEW placed AS
    SELECT work, asset, modality, file, size FROM files JOIN assets ON id = asset;
CREATE VIEW newest AS               -- SQLite takes value from the row of the maximum
    SELECT work, field, value, max(key) FROM statements GROUP BY work, field;
"""

# A registry of version 1 has no index by entry, and a log that cannot say that a work was purged: its rows are put into a new one.
UPGRADE_BEFORE_LOG: Final = "CREATE TEMP TABLE before AS SELECT * FROM log; DROP TABLE log;"
UPGRADE_AFTER_LOG: Final = """
INSERT INTO log SELECT * FROM before ORDER BY entry;
DROP TABLE before;
CREATE INDEX works_by_removal ON works (removed) WHERE removed IS NOT NULL;
CREATE INDEX files_by_entry ON files (entry);
CREATE INDEX statements_by_entry ON statements (entry);
"""
