"""The database's tables, and how a database that an earlier release wrote is brought up to date.

A change to the tables or to their indexes raises `VERSION` and adds the statements that lead there from the version
before. A database is brought up to date when it is opened: all of it in one transaction, after a copy of the old file
has been kept beside it. Several processes may open it at once; the first one does the work.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

PATIENCE = 30  # seconds to wait for another process's turn to end
VERSION = 2
TABLES = {"objects", "leases"}
OTHER_FILE = "Name another file in LOCAL_API_DB or with --db."

OBJECTS_BY_RUN = "CREATE INDEX IF NOT EXISTS objects_by_run ON objects (json_extract(body, '$.run_id'), kind, seq)"
OBJECTS_WITH_STATUS = """
CREATE INDEX IF NOT EXISTS objects_with_status ON objects (kind, parent, json_extract(body, '$.status'), seq)
"""
SCHEMA = [
    """
    CREATE TABLE IF NOT EXISTS objects (
        seq        INTEGER PRIMARY KEY AUTOINCREMENT,
        id         TEXT NOT NULL UNIQUE,
        kind       TEXT NOT NULL,
        parent     TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        body       TEXT NOT NULL,
        work       TEXT
    )
    """,
    "CREATE INDEX IF NOT EXISTS objects_as_they_came ON objects (kind, parent, seq)",
    "CREATE INDEX IF NOT EXISTS objects_of_parent ON objects (parent)",
    "CREATE TABLE IF NOT EXISTS leases (id TEXT PRIMARY KEY, owner TEXT NOT NULL, until REAL NOT NULL)",
    OBJECTS_BY_RUN,
    OBJECTS_WITH_STATUS,
]

# By the version that they lead to.
MIGRATIONS = {
    2: [  # lists are in the order of arrival, whatever the clock said
        "DROP INDEX IF EXISTS objects_in_order",
        "DROP INDEX IF EXISTS objects_of_run",
        "DROP INDEX IF EXISTS objects_by_status",
        OBJECTS_BY_RUN,
        OBJECTS_WITH_STATUS,
    ],
}


def prepare(db: sqlite3.Connection, path: Path | str) -> None:
    """Make a database ready to be used: its tables are created, or brought up to date.

    Args:
        db: a connection outside of any transaction.
        path: its file, or ``:memory:``.

    Raises:
        ValueError: it is another program's, or a later release's.
        sqlite3.Error: it can't be used.
    """
    _check(db, path)
    if str(path) != ":memory:":
        _share(db)
    db.execute("BEGIN IMMEDIATE")
    try:
        version = _check(db, path)  # another process may have been faster
        if version == 0:
            _execute(db, SCHEMA)
        elif version < VERSION:
            _keep_copy(path, version)
            for step in range(version + 1, VERSION + 1):
                _execute(db, MIGRATIONS[step])
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def _check(db: sqlite3.Connection, path: Path | str) -> int:
    """The version of the tables; 0 for an empty database."""
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if tables and not tables >= TABLES:
        raise ValueError(f"{path} is another program's database. {OTHER_FILE}")
    if version > VERSION or version < 0:
        raise ValueError(
            f"{path} was written by a later release of this course (its version is {version}, and this release knows "
            f"up to {VERSION}). Update the course, or name another file in LOCAL_API_DB or with --db."
        )
    return version


def _share(db: sqlite3.Connection) -> None:
    # SQLite's own timeout has no effect here when several processes open the same new file.
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.02)
    db.execute("PRAGMA synchronous = NORMAL")


def _keep_copy(path: Path | str, version: int) -> None:
    """Copy a database as it is before it is changed, while a transaction keeps others from writing to it."""
    kept = Path(f"{path}.version-{version}")
    part = kept.with_name(f"{kept.name}.part")
    with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(part)) as copy:
        old.backup(copy)
    part.replace(kept)


def _execute(db: sqlite3.Connection, statements: list[str]) -> None:
    for statement in statements:
        db.execute(statement)
