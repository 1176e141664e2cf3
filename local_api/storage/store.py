"""Where objects live: one SQLite table, one way to page through it.

The store knows that an object has an id, a kind, a parent and a time. It does not know what any object means.
A module that needs tables of its own, as search does, creates them in the same database.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 30  # seconds to wait for another process's turn to end
SCHEMA_VERSION = 1
SCHEMA = f"""
BEGIN IMMEDIATE;
PRAGMA user_version = {SCHEMA_VERSION};
CREATE TABLE IF NOT EXISTS objects (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL,
    parent     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    body       TEXT NOT NULL,
    work       TEXT
);
CREATE INDEX IF NOT EXISTS objects_in_order ON objects (kind, parent, created_at, seq);
CREATE INDEX IF NOT EXISTS objects_as_they_came ON objects (kind, parent, seq);
CREATE INDEX IF NOT EXISTS objects_of_parent ON objects (parent);
CREATE TABLE IF NOT EXISTS leases (id TEXT PRIMARY KEY, owner TEXT NOT NULL, until REAL NOT NULL);
CREATE INDEX IF NOT EXISTS objects_of_run ON objects (json_extract(body, '$.run_id'), kind, created_at, seq);
CREATE INDEX IF NOT EXISTS objects_by_status
    ON objects (kind, parent, json_extract(body, '$.status'), created_at, seq);
COMMIT;
"""

TABLES = {"objects", "leases"}

INSERT = """
INSERT INTO objects (id, kind, parent, created_at, body, work)
SELECT ?, ?, ?, ?, ?, ? WHERE ? = '' OR EXISTS (SELECT 1 FROM objects WHERE id = ?)
"""
FIND = "SELECT body FROM objects WHERE id = ? AND kind = ? AND parent = ?"


# What SQLite says of a file that it can't use, and what helps.
ADVICE = {
    "locked": "Another program holds on to it: close that one, and try again.",
    "malformed": "It is damaged. Move it away to start afresh; `sqlite3 FILE .recover` reads what is left in it.",
    "not a database": "Name another file in LOCAL_API_DB or with --db.",
    "readonly": "Make the file and its folder writable, or name another in LOCAL_API_DB or with --db.",
    "unable to open": "Name a file in a folder that is there and can be written to, in LOCAL_API_DB or with --db.",
    "full": "Make room on the disk.",
}


MALFORMED = "an object in it is malformed"


def _said(error: sqlite3.Error) -> str:
    # This one quotes the whole object.
    return MALFORMED if str(error).startswith("Could not decode") else str(error)


class UnknownCursor(LookupError):
    """`after` or `before` names an object that the list does not hold."""


@dataclass(frozen=True)
class Page:
    """A stretch of a list, in the order that was asked for."""

    data: list[dict]
    has_more: bool


class Store:
    """Objects in a SQLite database.

    Args:
        path: the database file, or ``:memory:`` for one that goes with the process. Several processes may
            open the same file.

    Raises:
        ValueError: the file can't be used, or another release wrote it.
    """

    def __init__(self, path: Path | str = ":memory:") -> None:
        # Transactions are opened by hand (isolation_level=None): BEGIN IMMEDIATE keeps "check, then write" whole
        # between processes, and the lock does so between the threads of this one.
        self.path = path
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=PATIENCE)
        except sqlite3.Error as error:
            raise ValueError(self.trouble(error)) from None
        # From Python 3.13 on, a connection that is forgotten while it is open warns.
        weakref.finalize(self, self._db.close).atexit = False
        try:
            self._prepare()
        except (sqlite3.Error, ValueError) as error:
            self._db.close()
            raise ValueError(self.trouble(error) if isinstance(error, sqlite3.Error) else str(error)) from None
        self._lock = threading.RLock()

    def trouble(self, error: sqlite3.Error) -> str:
        """Why the database can't be used, and what to do about it."""
        said = _said(error)
        advice = next((advice for words, advice in ADVICE.items() if words in said), "")
        return f"{self.path} can't be used as a database: {said}. {advice}".strip()

    def is_at_fault(self, error: sqlite3.Error) -> bool:
        """Whether an error is the file's, and not one of a statement that we have written."""
        return any(words in _said(error) for words in ADVICE)

    def _prepare(self) -> None:
        self._check_whose()
        if str(self.path) != ":memory:":
            self._share()
        self._db.executescript(SCHEMA)

    def _check_whose(self) -> None:
        """Leave alone what is not ours; the tables and their version are made together."""
        tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if tables and not tables >= TABLES:
            raise ValueError(f"{self.path} is another program's database. {ADVICE['not a database']}")
        if version not in (0, SCHEMA_VERSION):
            message = f"{self.path} was written by another release of this course: move it away to start afresh."
            raise ValueError(message)

    def _share(self) -> None:
        # SQLite does not wait for its turn here, as it does elsewhere, when others open the same new file.
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > give_up:
                    raise
                time.sleep(0.02)
        self._db.execute("PRAGMA synchronous = NORMAL")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens together or not at all. May be nested."""
        with self._whole("IMMEDIATE"):
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read inside is of one moment, whatever others write meanwhile. Nothing may be written inside."""
        with self._whole("DEFERRED"):
            yield

    @contextmanager
    def _whole(self, kind: str) -> Iterator[None]:
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            try:
                self._db.execute(f"BEGIN {kind}")
                yield
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def insert(
        self,
        kind: str,
        body: dict,
        parent: str = "",
        work: dict | None = None,
        *,
        key: str | None = None,
        created_at: int | None = None,
    ) -> None:
        """Keep a new object.

        An object whose parent has been deleted meanwhile is not kept.

        Args:
            kind: what lists it belongs to.
            body: the object as clients see it, with ``id`` and mostly ``created_at``.
            parent: the id of the object it goes with, and is deleted with.
            work: what only this program needs to know of it.
            key: what the store shall know it by, if others have the same ``id``: a file can be in several vector
                stores. Wherever else the store asks for an object's id, it means this.
            created_at: the time, in seconds, if the object does not tell it.
        """
        now = body["created_at"] if created_at is None else created_at
        row = (key or body["id"], kind, parent, now, _dump(body), None if work is None else _dump(work))
        with self._lock:
            self._db.execute(INSERT, (*row, parent, parent))

    def get(self, kind: str, id: str, parent: str = "") -> dict | None:
        """The object, or None if there is none of this kind and parent."""
        with self._lock:
            row = self._db.execute(FIND, (id, kind, parent)).fetchone()
        return _load(row[0]) if row else None

    def put(self, body: dict, *, key: str | None = None) -> None:
        """Replace an object's body; an object deleted meanwhile stays deleted. The `key` is as in `insert`."""
        with self._lock:
            self._db.execute("UPDATE objects SET body = ? WHERE id = ?", (_dump(body), key or body["id"]))

    def get_work(self, id: str) -> dict:
        """What this program keeps beside an object; empty if nothing."""
        with self._lock:
            row = self._db.execute("SELECT work FROM objects WHERE id = ?", (id,)).fetchone()
        return _load(row[0]) if row and row[0] else {}

    def put_work(self, id: str, work: dict) -> None:
        """Replace what is kept beside an object."""
        with self._lock:
            self._db.execute("UPDATE objects SET work = ? WHERE id = ?", (_dump(work), id))

    def delete(self, id: str) -> None:
        """Delete an object and everything below it."""
        with self._lock:
            self._db.execute(
                """WITH RECURSIVE below(id) AS (
                       SELECT ? UNION SELECT objects.id FROM objects JOIN below ON objects.parent = below.id)
                   DELETE FROM objects WHERE id IN below""",
                (id,),
            )

    def lease(self, id: str, owner: str, until: float) -> None:
        """Say who works on an object, and until when to believe it, in seconds since 1970."""
        with self._lock:
            self._db.execute("REPLACE INTO leases (id, owner, until) VALUES (?, ?, ?)", (id, owner, until))

    def renew_leases(self, owners: list[str], until: float) -> None:
        """Extend the leases that these owners still hold."""
        with self._lock:
            self._db.executemany("UPDATE leases SET until = ? WHERE owner = ?", [(until, owner) for owner in owners])

    def release(self, id: str, owner: str) -> None:
        """Give a lease back, unless it is another's by now."""
        with self._lock:
            self._db.execute("DELETE FROM leases WHERE id = ? AND owner = ?", (id, owner))

    def leased_until(self, id: str) -> float:
        """When an object's lease ends; 0 if it has none."""
        with self._lock:
            row = self._db.execute("SELECT until FROM leases WHERE id = ?", (id,)).fetchone()
        return row[0] if row else 0.0

    def newest(self, kind: str, parent: str) -> dict | None:
        """The object of this kind that came last, whatever the clock said at the time."""
        query = "SELECT body FROM objects WHERE kind = ? AND parent = ? ORDER BY seq DESC LIMIT 1"
        with self._lock:
            row = self._db.execute(query, (kind, parent)).fetchone()
        return _load(row[0]) if row else None

    def mentioning(self, text: str, kinds: tuple[str, ...]) -> list[dict]:
        """The objects of these kinds that hold this text anywhere."""
        query = f"SELECT body FROM objects WHERE kind IN ({', '.join('?' * len(kinds))}) AND instr(body, ?)"
        with self._lock:
            rows = self._db.execute(query, (*kinds, text)).fetchall()
        return [_load(row[0]) for row in rows]

    def keyed(self, kind: str, start: str) -> list[dict]:
        """The objects of this kind whose key starts with this text."""
        query = "SELECT body FROM objects WHERE id >= ? AND id < ? AND kind = ?"
        with self._lock:
            rows = self._db.execute(query, (start, start[:-1] + chr(ord(start[-1]) + 1), kind)).fetchall()
        return [_load(row[0]) for row in rows]

    def tally(
        self, kind: str, parent: str, member: str, amount: str, match: dict[str, str] | None = None
    ) -> dict[str, tuple[int, int]]:
        """How many objects of a list there are for each value of a member, and the sum of another member.

        Args:
            kind, parent: which list.
            member: the member to group by.
            amount: the member to add up.
            match: as in `page`.

        Returns:
            Count and sum by value.
        """
        where, values = _matching(kind, parent, match)
        query = (
            f"SELECT json_extract(body, '$.{member}'), COUNT(*), SUM(json_extract(body, '$.{amount}')) FROM objects "
            f"WHERE {' AND '.join(where)} GROUP BY 1"
        )
        with self._lock:
            return {value: (count, total) for value, count, total in self._db.execute(query, values)}

    def page(
        self,
        kind: str,
        parent: str = "",
        *,
        limit: int | None = 20,
        order: str = "desc",
        after: str | None = None,
        before: str | None = None,
        match: dict[str, str] | None = None,
    ) -> Page:
        """A page of a list. Objects of the same second keep the order in which they came.

        Args:
            kind, parent: which list.
            limit: how many objects at most; None for all.
            order: ``asc`` for oldest first, ``desc`` for newest first.
            after, before: ids of objects in the list, themselves left out. With ``before`` alone the page ends
                just before it.
            match: only objects whose body has these members; a name that begins with ``work.`` is one of what is
                kept beside them.

        Raises:
            UnknownCursor: `after` or `before` is not in the list.
        """
        backwards = before is not None and after is None
        descending = (order == "desc") != backwards
        where, values = _matching(kind, parent, match)
        for cursor, is_after in ((after, True), (before, False)):
            if cursor is not None:
                sign = ">" if is_after == (order == "asc") else "<"
                where.append(f"(created_at, seq) {sign} (?, ?)")
                values += self._position(kind, parent, cursor)
        direction = "DESC" if descending else "ASC"
        query = f"SELECT body FROM objects WHERE {' AND '.join(where)} ORDER BY created_at {direction}, seq {direction}"
        if limit is not None:
            query += " LIMIT ?"
            values.append(limit + 1)
        with self._lock:
            rows = self._db.execute(query, values).fetchall()
        data = [_load(row[0]) for row in rows[:limit]]
        if backwards:
            data.reverse()
        return Page(data, has_more=limit is not None and len(rows) > limit)

    def sql(self, query: str, values: Sequence = ()) -> list[tuple]:
        """Run a statement of a module that keeps tables of its own here, and return its rows."""
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def sql_many(self, query: str, rows: Iterable[Sequence]) -> None:
        """Run such a statement once for each row of values."""
        with self._lock:
            self._db.executemany(query, rows)

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._db.close()

    def _position(self, kind: str, parent: str, id: str) -> tuple[int, int]:
        query = "SELECT created_at, seq FROM objects WHERE id = ? AND kind = ? AND parent = ?"
        with self._lock:
            row = self._db.execute(query, (id, kind, parent)).fetchone()
        if row is None:
            raise UnknownCursor(id)
        return row


def _matching(kind: str, parent: str, match: dict[str, str] | None) -> tuple[list[str], list]:
    """The conditions for the objects of a list with these members, and their values."""
    where, values = ["kind = ?", "parent = ?"], [kind, parent]
    for member, value in (match or {}).items():
        column = "work" if member.startswith("work.") else "body"
        where.append(f"json_extract({column}, '$.{member.removeprefix('work.')}') = ?")
        values.append(value)
    return where, values


def _load(text: str) -> dict:
    try:
        return json.loads(text)
    except ValueError:
        raise sqlite3.DatabaseError(MALFORMED) from None


def _dump(value: dict) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
