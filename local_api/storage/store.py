"""Where objects live: one SQLite table, one way to page through it.

The store knows that an object has an id, a kind, a parent and a time. It does not know what any object means.
A module that needs tables of its own, as search does, creates them in the same database.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import schema

JsonObject = dict[str, Any]  # an object's body: what its members mean is for the packages above to say

INSERT = """
INSERT INTO objects (id, kind, parent, created_at, body, work)
SELECT ?, ?, ?, ?, ?, ? WHERE ? = '' OR EXISTS (SELECT 1 FROM objects WHERE id = ?)
"""
FIND = "SELECT body FROM objects WHERE id = ? AND kind = ? AND parent = ?"


# Words in SQLite's message about a file that it can't use, and what to do about it.
ADVICE = {
    "locked": "Another program is using it: close that program and try again.",
    "malformed": "It is damaged. Move it away to start with an empty one; `sqlite3 FILE .recover` saves what is left.",
    "not a database": "Name another file in LOCAL_API_DB or with --db.",
    "readonly": "Make the file and its folder writable, or name another in LOCAL_API_DB or with --db.",
    "unable to open": "Name a file in a folder that exists and is writable, in LOCAL_API_DB or with --db.",
    "full": "Free some space on the disk.",
}
MALFORMED = "an object in it is malformed"


def _said(error: sqlite3.Error) -> str:
    # Python's own message for text that isn't UTF-8 quotes the whole object, which may be long and private.
    return MALFORMED if str(error).startswith("Could not decode") else str(error)


class UnknownCursor(LookupError):
    """`after` or `before` names an object that is not in the list."""


@dataclass(frozen=True)
class Page:
    """Part of a list, in the order of the request."""

    data: list[JsonObject]
    has_more: bool


class Store:
    """Objects in a SQLite database.

    Args:
        path: the database file, or ``:memory:`` for one that ends with the process. Several processes may
            open the same file.

    Raises:
        ValueError: the file can't be used, or another release wrote it.
    """

    def __init__(self, path: Path | str = ":memory:") -> None:
        # One connection writes, and reads inside of transactions; other reads have connections of their own, so that
        # they wait neither for it nor for each other (SQLite's WAL mode). A database in memory has one connection only.
        # Transactions are opened by hand (isolation_level=None): BEGIN IMMEDIATE makes "check, then write" atomic
        # between processes, and the lock makes it atomic between the threads of this one.
        self.path = path
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=schema.PATIENCE)
        except sqlite3.Error as error:
            raise ValueError(self.trouble(error)) from None
        # From Python 3.13 on, a connection that is garbage-collected while open causes a warning.
        weakref.finalize(self, self._db.close).atexit = False
        try:
            schema.prepare(self._db, path)
        except (sqlite3.Error, ValueError) as error:
            self._db.close()
            raise ValueError(self.trouble(error) if isinstance(error, sqlite3.Error) else str(error)) from None
        self._lock = threading.RLock()
        self._owner = 0  # the thread that is in a transaction
        self._has_readers = str(path) != ":memory:"
        self._idle_readers: list[sqlite3.Connection] = []
        self._readers: list[sqlite3.Connection] = []
        self._is_closed = False

    def trouble(self, error: sqlite3.Error) -> str:
        """Why the database can't be used, and what to do about it."""
        said = _said(error)
        advice = next((advice for words, advice in ADVICE.items() if words in said), "")
        return f"{self.path} can't be used as a database: {said}. {advice}".strip()

    def is_at_fault(self, error: sqlite3.Error) -> bool:
        """Whether the file caused an error, and not one of our own statements."""
        return any(words in _said(error) for words in ADVICE)

    def is_disk_full(self, error: sqlite3.Error) -> bool:
        """Whether the disk had no room for what was to be written."""
        return "disk is full" in _said(error)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or nothing does. May be nested."""
        with self._whole("IMMEDIATE"):
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read inside is from one moment, whatever others write meanwhile. Nothing may be written inside."""
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
                self._owner = threading.get_ident()
                yield
                self._db.execute("COMMIT")
            finally:
                self._owner = 0
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows that a query finds: inside of a transaction with what it has written, else as last committed."""
        if not self._has_readers or self._owner == threading.get_ident():
            with self._lock:
                return self._db.execute(query, values).fetchall()
        reader = self._reader()
        try:
            return reader.execute(query, values).fetchall()
        finally:
            self._idle_readers.append(reader)

    def _row(self, query: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        rows = self._rows(query, values)
        return rows[0] if rows else None

    def _reader(self) -> sqlite3.Connection:
        """A connection that no other thread is using."""
        try:
            return self._idle_readers.pop()  # atomic, as `append` is
        except IndexError:
            pass
        with self._lock:
            if self._is_closed:
                raise sqlite3.ProgrammingError("Cannot operate on a closed database.")
            reader = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=schema.PATIENCE)
            reader.execute("PRAGMA query_only = ON")
            weakref.finalize(self, reader.close).atexit = False
            self._readers.append(reader)
            return reader

    def insert(
        self,
        kind: str,
        body: Mapping[str, Any],
        parent: str = "",
        work: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        created_at: int | None = None,
    ) -> None:
        """Store a new object.

        An object whose parent has been deleted meanwhile is not stored.

        Args:
            kind: the kind of its lists.
            body: the object as clients see it, with ``id`` and usually ``created_at``.
            parent: the id of the object that it belongs to and is deleted with.
            work: what only this program needs to know about it.
            key: its key in the store, if other objects have the same ``id``: a file can be in several vector
                stores. All other methods that take an object's id mean this key.
            created_at: the time in seconds since 1970, if the body doesn't have it.
        """
        now = body["created_at"] if created_at is None else created_at
        row = (key or body["id"], kind, parent, now, _dump(body), None if work is None else _dump(work))
        with self._lock:
            self._db.execute(INSERT, (*row, parent, parent))

    def get(self, kind: str, id: str, parent: str = "") -> JsonObject | None:
        """The object, or None if there is none with this kind and parent."""
        row = self._row(FIND, (id, kind, parent))
        return _load(row[0]) if row else None

    def put(self, body: Mapping[str, Any], *, key: str | None = None) -> None:
        """Replace an object's body; an object deleted meanwhile stays deleted. `key` is as in `insert`."""
        with self._lock:
            self._db.execute("UPDATE objects SET body = ? WHERE id = ?", (_dump(body), key or body["id"]))

    def get_work(self, id: str) -> JsonObject:
        """What this program keeps beside an object; an empty dict if nothing."""
        row = self._row("SELECT work FROM objects WHERE id = ?", (id,))
        return _load(row[0]) if row and row[0] else {}

    def put_work(self, id: str, work: Mapping[str, Any]) -> None:
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
        """Record who works on an object, and when that lease ends (in seconds since 1970)."""
        with self._lock:
            self._db.execute("REPLACE INTO leases (id, owner, until) VALUES (?, ?, ?)", (id, owner, until))

    def delete_leases(self, until: float) -> None:
        """Delete the leases that ended before this time, in seconds since 1970."""
        with self._lock:
            self._db.execute("DELETE FROM leases WHERE until < ?", (until,))

    def renew_leases(self, owners: list[str], until: float) -> None:
        """Extend the leases that these owners still hold."""
        with self._lock:
            self._db.executemany("UPDATE leases SET until = ? WHERE owner = ?", [(until, owner) for owner in owners])

    def release(self, id: str, owner: str) -> None:
        """Delete a lease, if this owner still holds it."""
        with self._lock:
            self._db.execute("DELETE FROM leases WHERE id = ? AND owner = ?", (id, owner))

    def leased_until(self, id: str) -> float:
        """When an object's lease ends, in seconds since 1970; 0 if it has none."""
        row = self._row("SELECT until FROM leases WHERE id = ?", (id,))
        return float(row[0]) if row else 0.0

    def newest(self, kind: str, parent: str) -> JsonObject | None:
        """The object of this kind that was inserted last, whatever the clock said at the time."""
        query = "SELECT body FROM objects WHERE kind = ? AND parent = ? ORDER BY seq DESC LIMIT 1"
        row = self._row(query, (kind, parent))
        return _load(row[0]) if row else None

    def mentioning(self, text: str, kinds: tuple[str, ...]) -> list[JsonObject]:
        """The objects of these kinds whose body contains this text anywhere."""
        query = f"SELECT body FROM objects WHERE kind IN ({', '.join('?' * len(kinds))}) AND instr(body, ?)"
        rows = self._rows(query, (*kinds, text))
        return [_load(row[0]) for row in rows]

    def keyed(self, kind: str, start: str) -> list[JsonObject]:
        """The objects of this kind whose key starts with this text."""
        query = "SELECT body FROM objects WHERE id >= ? AND id < ? AND kind = ?"
        rows = self._rows(query, (start, start[:-1] + chr(ord(start[-1]) + 1), kind))
        return [_load(row[0]) for row in rows]

    def tally(
        self, kind: str, parent: str, member: str, amount: str, match: dict[str, str] | None = None
    ) -> dict[str, tuple[int, int]]:
        """Count the objects of a list by the value of a member, and add up another member.

        Args:
            kind, parent: which list.
            member: the member to group by.
            amount: the member to add up.
            match: as in `page`.

        Returns:
            For each value of `member`: the number of objects, and the sum of `amount`.
        """
        where, values = _matching(kind, parent, match)
        query = (
            f"SELECT json_extract(body, '$.{member}'), COUNT(*), SUM(json_extract(body, '$.{amount}')) FROM objects "
            f"WHERE {' AND '.join(where)} GROUP BY 1"
        )
        return {value: (count, total) for value, count, total in self._rows(query, values)}

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
        """A page of a list, in the order in which its objects were inserted, whatever the clock said.

        Args:
            kind, parent: which list.
            limit: the largest number of objects; None for all.
            order: ``asc`` for oldest first, ``desc`` for newest first.
            after, before: ids of objects in the list; the page excludes them. With ``before`` alone the page ends
                just before it.
            match: only objects whose body has these members; a name that begins with ``work.`` is a member of the
                work kept beside them.

        Raises:
            UnknownCursor: `after` or `before` is not in the list.
        """
        backwards = before is not None and after is None
        descending = (order == "desc") != backwards
        where, values = _matching(kind, parent, match)
        for cursor, is_after in ((after, True), (before, False)):
            if cursor is not None:
                sign = ">" if is_after == (order == "asc") else "<"
                where.append(f"seq {sign} ?")
                values.append(self._position(kind, parent, cursor))
        direction = "DESC" if descending else "ASC"
        query = f"SELECT body FROM objects WHERE {' AND '.join(where)} ORDER BY seq {direction}"
        if limit is not None:
            query += " LIMIT ?"
            values.append(limit + 1)
        rows = self._rows(query, values)
        data = [_load(row[0]) for row in rows[:limit]]
        if backwards:
            data.reverse()
        return Page(data, has_more=limit is not None and len(rows) > limit)

    def sql(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement of a module that has its own tables here, and return its rows."""
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def sql_many(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run such a statement once for each row of values."""
        with self._lock:
            self._db.executemany(query, rows)

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._is_closed = True
            for connection in (self._db, *self._readers):
                connection.close()

    def _position(self, kind: str, parent: str, id: str) -> int:
        query = "SELECT seq FROM objects WHERE id = ? AND kind = ? AND parent = ?"
        row = self._row(query, (id, kind, parent))
        if row is None:
            raise UnknownCursor(id)
        return int(row[0])


def _matching(kind: str, parent: str, match: dict[str, str] | None) -> tuple[list[str], list[str | int]]:
    """The conditions for the objects of a list with these members, and the values of their placeholders."""
    where: list[str] = ["kind = ?", "parent = ?"]
    values: list[str | int] = [kind, parent]
    for member, value in (match or {}).items():
        column = "work" if member.startswith("work.") else "body"
        where.append(f"json_extract({column}, '$.{member.removeprefix('work.')}') = ?")
        values.append(value)
    return where, values


def _load(text: str) -> JsonObject:
    try:
        loaded: JsonObject = json.loads(text)
    except ValueError:
        raise sqlite3.DatabaseError(MALFORMED) from None
    return loaded


def _dump(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
