"""An index of passages: SQLite's FTS5 finds words, and bm25 ranks what holds them.

Each vector store has an FTS5 table of its own, so that what is rare in one says nothing about another. FTS5 gives how
much a passage says of one word; how much the word is worth is reckoned here, by the formula that stays above zero for
words in more than half of the passages, for small stores are full of them. A score is the sum over the query's words,
divided by what a passage would have that is full of all of them, words that the store doesn't know included.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from local_api.storage.store import Store

from .chunks import Chunk
from .words import asked, indexed

# FTS5's own constants, which its documentation gives.
SATURATION = 1.2 + 1  # what a passage full of one word has of it, in units of the word's worth
LEAST_IDF = 1e-6

MOST_SCORED = 5_000  # passages that the rarer words of a query are weighed in, for these decide who is among the best
CANDIDATES = 200  # the best of them, in which the frequent words are weighed too

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
        file_id: the file that it stands in.
        position: its place among the file's passages, from 0 on.
        page: the page on which it begins, from 1 on.
        text: what it says.
        score: how well it fits, from 0 to 1.
    """

    file_id: str
    position: int
    page: int
    text: str
    score: float


@dataclass(frozen=True)
class _Word:
    """A word of a query in one store.

    Args:
        expression: how to ask FTS5 for it.
        count: how many passages hold it.
        worth: its share of the score of a passage that is full of all words.
        factor: makes that share of what FTS5's bm25 gives for the word alone.
    """

    expression: str
    count: int
    worth: float
    factor: float


class PassageIndex:
    """The passages of vector stores.

    Args:
        store: the database that they are kept in.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, vector_store_id: str, file_id: str, chunks: list[Chunk]) -> None:
        """Index a file's passages, in place of those that it had in this store."""
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
        """Forget a file's passages in this store."""
        with self._store.transaction():
            if number := self._number(vector_store_id):
                self._remove(number, file_id)

    def drop(self, vector_store_id: str) -> None:
        """Forget all passages of a store."""
        with self._store.transaction():
            if number := self._number(vector_store_id):
                self._store.sql(f"DROP TABLE passages_{number}")
                self._store.sql("DELETE FROM passages WHERE number = ?", (number,))
                self._store.sql("DELETE FROM indexes WHERE number = ?", (number,))

    def passages(self, vector_store_id: str, file_id: str) -> list[Chunk]:
        """A file's passages in order; none if the store doesn't hold the file."""
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
        """Find passages that hold words of the queries.

        Args:
            vector_store_ids: where to look. A passage that several of them hold is found once.
            queries: any texts. A passage's best score counts.
            limit: how many passages at most.
            threshold: the least score, from 0 to 1.
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
        words = self._weighed(number, asked(query)) if number else []
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
            worth = value / sum(values)
            of_fts5 = max(math.log((total - count + 0.5) / (count + 0.5)), LEAST_IDF)
            words.append(_Word(expression, count, worth, worth / (of_fts5 * SATURATION)))
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
        return rows[0][0] if rows else None

    def _new_number(self, vector_store_id: str) -> int:
        self._store.sql("INSERT INTO indexes (vector_store_id) VALUES (?)", (vector_store_id,))
        number = self._number(vector_store_id)
        self._store.sql(NEW_TABLE.format(number=number))
        return number

    def _remove(self, number: int, file_id: str) -> None:
        # The table keeps no text (content = ''), so FTS5 wants to be told what it was.
        self._store.sql_many(
            f"INSERT INTO passages_{number} (passages_{number}, rowid, words) VALUES ('delete', ?, ?)",
            self._indexed(number, file_id),
        )
        self._store.sql("DELETE FROM passages WHERE number = ? AND file_id = ?", (number, file_id))

    def _indexed(self, number: int, file_id: str) -> list[tuple[int, str]]:
        return [(id, indexed(text)) for id, text, _ in self._store.sql(PASSAGES, (number, file_id))]


def _cut(words: list[_Word]) -> tuple[list[_Word], list[_Word]]:
    """The words from the rarest on, as many as give enough candidates within the bound, and the frequent ones."""
    scored = 0
    for place, word in enumerate(words):
        if scored >= CANDIDATES and scored + word.count > MOST_SCORED:
            return words[:place], words[place:]
        scored += word.count
    return words, []
