"""An index of passages: SQLite's FTS5 finds the words, and BM25 ranks the passages that contain them.

Each vector store has an FTS5 table of its own, so that a word's rarity is that in the store being searched. FTS5
computes how strongly a passage is about a word. The word's weight (idf) is computed here, by the formula that stays
positive for words in more than half of the passages, because such words are common in small stores. A score is the
sum over the query's words, divided by that of an ideal passage, saturated with every word of the query.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from local_api.storage.store import Store

from .chunks import Chunk
from .words import asked, indexed

# Constants of FTS5's bm25(), from https://www.sqlite.org/fts5.html#the_bm25_function
SATURATION = 1.2 + 1  # k1 + 1: the most that one word adds to a passage's score, in multiples of its idf
LEAST_IDF = 1e-6

MOST_SCORED = 5_000  # passages in which a query's rare words are scored; these words decide which are the best
CANDIDATES = 200  # the best of those passages, in which the frequent words are scored too

# The passages' text, and one number per vector store for the name of its FTS5 table.
SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS indexes (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    vector_store_id TEXT NOT NULL UNIQUE
)""",
    """
CREATE TABLE IF NOT EXISTS passages (
    id         INTEGER PRIMARY KEY,
    number     INTEGER NOT NULL,
    file_id    TEXT NOT NULL,
    position   INTEGER NOT NULL,
    page       INTEGER NOT NULL,
    text       TEXT NOT NULL,
    UNIQUE (number, file_id, position)
)""",
)

NEW_TABLE = """
CREATE VIRTUAL TABLE passages_{number}
USING fts5 (words, content = '', tokenize = "porter unicode61 remove_diacritics 2 categories 'L* N* M* S* Co'")
"""
PLACES = "SELECT id, file_id, position FROM passages WHERE id IN (SELECT value FROM json_each(?))"
TEXTS = "SELECT id, page, text FROM passages WHERE id IN (SELECT value FROM json_each(?))"
PASSAGES = "SELECT id, text, page FROM passages WHERE number = ? AND file_id = ? ORDER BY position"
BEST = """
WITH found AS MATERIALIZED ({parts})
SELECT id, sum(part) AS score FROM found {only} GROUP BY id ORDER BY round(score, 9) DESC, id LIMIT ?
"""
ONLY = "WHERE id IN (SELECT id FROM passages WHERE number = ? AND file_id IN (SELECT value FROM json_each(?)))"
PART = "SELECT rowid AS id, -bm25(passages_{number}) * ? AS part FROM passages_{number} WHERE passages_{number} MATCH ?"


@dataclass(frozen=True)
class Hit:
    """A passage that was found.

    Args:
        file_id: the file that it is from.
        position: its place among the file's passages, counted from 0.
        page: the page on which it begins, counted from 1.
        text: its text.
        score: how well it matches, from 0 to 1.
    """

    file_id: str
    position: int
    page: int
    text: str
    score: float


@dataclass(frozen=True)
class _Word:
    """A word of a query in one vector store.

    Args:
        expression: the FTS5 expression that matches it.
        count: how many passages contain it.
        factor: what FTS5's bm25 of the word alone is multiplied by, so that the ideal passage's sum is 1.
    """

    expression: str
    count: int
    factor: float


class PassageIndex:
    """The passages of vector stores.

    Args:
        store: the database; the index keeps tables of its own in it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        with store.transaction():
            for statement in SCHEMA:
                store.sql(statement)

    def add(self, vector_store_id: str, file_id: str, chunks: list[Chunk]) -> None:
        """Index a file's passages, replacing those that it has in this vector store."""
        with self._store.transaction():
            number = self._number(vector_store_id) or self._new_number(vector_store_id)
            self._remove(number, file_id)
            self._store.sql_many(
                "INSERT INTO passages (number, file_id, position, page, text) VALUES (?, ?, ?, ?, ?)",
                ((number, file_id, position, chunk.page, chunk.text) for position, chunk in enumerate(chunks)),
            )
            self._store.sql_many(
                f"INSERT INTO passages_{number} (rowid, words) VALUES (?, ?)", self._indexed(number, file_id)
            )

    def remove(self, vector_store_id: str, file_id: str) -> None:
        """Remove a file's passages from this vector store."""
        with self._store.transaction():
            if number := self._number(vector_store_id):
                self._remove(number, file_id)

    def drop(self, vector_store_id: str) -> None:
        """Remove all passages of a vector store."""
        with self._store.transaction():
            if number := self._number(vector_store_id):
                self._store.sql(f"DROP TABLE passages_{number}")
                self._store.sql("DELETE FROM passages WHERE number = ?", (number,))
                self._store.sql("DELETE FROM indexes WHERE number = ?", (number,))

    def passages(self, vector_store_id: str, file_id: str) -> list[Chunk]:
        """A file's passages in order; none if the file isn't in the vector store."""
        with self._store.snapshot():
            rows = self._store.sql(PASSAGES, (self._number(vector_store_id), file_id))
        return [Chunk(text, page) for _, text, page in rows]

    def search(
        self,
        vector_store_ids: list[str],
        queries: list[str],
        *,
        limit: int = 20,
        threshold: float = 0.0,
        file_ids: set[str] | None = None,
    ) -> list[Hit]:
        """Find passages that contain words of the queries.

        Args:
            vector_store_ids: where to search. A passage in several of them is returned once.
            queries: any texts. A passage's best score counts.
            limit: the maximum number of passages.
            threshold: the lowest score, from 0 to 1.
            file_ids: only these files; None for all.

        Returns:
            The best passages, the best first.
        """
        best: dict[tuple[str, int], Hit] = {}
        with self._store.snapshot():
            for vector_store_id in dict.fromkeys(vector_store_ids):
                for query in dict.fromkeys(queries):
                    for hit in self._search(vector_store_id, query, limit, file_ids):
                        known = best.setdefault((hit.file_id, hit.position), hit)
                        if hit.score > known.score:
                            best[hit.file_id, hit.position] = hit
        hits = sorted(best.values(), key=lambda hit: (-hit.score, hit.file_id, hit.position))
        return [hit for hit in hits if hit.score >= threshold][:limit]

    def _search(self, vector_store_id: str, query: str, limit: int, file_ids: set[str] | None) -> list[Hit]:
        number = self._number(vector_store_id)
        if number is None:
            return []
        words = self._weighed(number, asked(query))
        present = sorted((word for word in words if word.count), key=lambda word: word.count)
        if not present:
            return []
        rare, frequent = _cut(present)
        scores = self._best(number, rare, max(limit, CANDIDATES), file_ids)
        if frequent and len(scores) < limit:
            scores, frequent = self._best(number, present, max(limit, CANDIDATES), file_ids), []
        for word in frequent:
            for id, part in self._parts_within(number, word, list(scores)):
                scores[id] += part
        return self._hits(scores, limit)

    def _weighed(self, number: int, expressions: list[str]) -> list[_Word]:
        total = self._store.sql("SELECT count(*) FROM passages WHERE number = ?", (number,))[0][0]
        query = f"SELECT count(*) FROM passages_{number} WHERE passages_{number} MATCH ?"
        counts = [self._store.sql(query, (expression,))[0][0] for expression in expressions]
        values = [math.log(1 + (total - count + 0.5) / (count + 0.5)) for count in counts]
        words = []
        for expression, count, value in zip(expressions, counts, values):
            fts5_idf = max(math.log((total - count + 0.5) / (count + 0.5)), LEAST_IDF)
            words.append(_Word(expression, count, value / sum(values) / (fts5_idf * SATURATION)))
        return words

    def _best(self, number: int, words: list[_Word], limit: int, file_ids: set[str] | None) -> dict[int, float]:
        parts = " UNION ALL ".join([PART.format(number=number)] * len(words))
        values = [value for word in words for value in (word.factor, word.expression)]
        if file_ids is not None:
            values += [number, json.dumps(sorted(file_ids))]
        query = BEST.format(parts=parts, only="" if file_ids is None else ONLY)
        return dict(self._store.sql(query, (*values, limit)))

    def _parts_within(self, number: int, word: _Word, ids: list[int]) -> list[tuple[int, float]]:
        query = f"{PART.format(number=number)} AND +rowid IN (SELECT value FROM json_each(?))"
        return self._store.sql(query, (word.factor, word.expression, json.dumps(ids)))

    def _hits(self, scores: dict[int, float], limit: int) -> list[Hit]:
        places = self._store.sql(PLACES, (json.dumps(list(scores)),))
        ranked = sorted((-round(min(scores[id], 1.0), 6), file_id, position, id) for id, file_id, position in places)
        texts = {
            id: (page, text)
            for id, page, text in self._store.sql(TEXTS, (json.dumps([row[-1] for row in ranked[:limit]]),))
        }
        return [Hit(file_id, position, *texts[id], score=-score) for score, file_id, position, id in ranked[:limit]]

    def _number(self, vector_store_id: str) -> int | None:
        rows = self._store.sql("SELECT number FROM indexes WHERE vector_store_id = ?", (vector_store_id,))
        return int(rows[0][0]) if rows else None

    def _new_number(self, vector_store_id: str) -> int:
        self._store.sql("INSERT INTO indexes (vector_store_id) VALUES (?)", (vector_store_id,))
        number = int(self._store.sql("SELECT last_insert_rowid()")[0][0])
        self._store.sql(NEW_TABLE.format(number=number))
        return number

    def _remove(self, number: int, file_id: str) -> None:
        # The table keeps no text (content = ''), so FTS5 needs it to delete a row.
        self._store.sql_many(
            f"INSERT INTO passages_{number} (passages_{number}, rowid, words) VALUES ('delete', ?, ?)",
            self._indexed(number, file_id),
        )
        self._store.sql("DELETE FROM passages WHERE number = ? AND file_id = ?", (number, file_id))

    def _indexed(self, number: int, file_id: str) -> list[tuple[int, str]]:
        return [(id, indexed(text)) for id, text, _ in self._store.sql(PASSAGES, (number, file_id))]


def _cut(words: list[_Word]) -> tuple[list[_Word], list[_Word]]:
    """Split words, rarest first, into those that yield enough candidates within the bound, and the frequent rest."""
    scored = 0
    for place, word in enumerate(words):
        if scored >= CANDIDATES and scored + word.count > MOST_SCORED:
            return words[:place], words[place:]
        scored += word.count
    return words, []
