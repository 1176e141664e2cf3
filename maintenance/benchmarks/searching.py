"""File search: a vector store the size of a big manual, against SQLite's full-text search with its defaults."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from functools import partial
from itertools import accumulate
from pathlib import Path
from statistics import median

from local_api.retrieval.chunks import Chunk
from local_api.retrieval.search import PassageIndex
from local_api.storage.store import Store

from .measure import in_turns, seconds
from .rows import Row

PASSAGES, WORDS = 10_000, 500  # words in a passage: one of 800 tokens has about as many
QUERIES = 200
LETTERS = "etaoinsrhldcumfpgwybvk"
SYLLABLES = "".join(chr(0xAC00 + 28 * number) for number in range(399))  # those that end in a vowel
PLAIN = "plain FTS5, which finds Korean words only where they stand alone"


class PlainIndex:
    """Passages in an FTS5 table with default settings.

    Args:
        path: the database file.
    """

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path)
        self._database.execute("CREATE VIRTUAL TABLE passages USING fts5 (words)")

    def add(self, texts: list[str]) -> None:
        """Add passages."""
        with self._database:
            self._database.executemany("INSERT INTO passages VALUES (?)", [(text,) for text in texts])

    def search(self, question: str) -> list[str]:
        """The twenty best passages that contain words of the question."""
        words = " OR ".join(f'"{word}"' for word in question.split())
        query = "SELECT words FROM passages WHERE passages MATCH ? ORDER BY rank LIMIT 20"
        return [row[0] for row in self._database.execute(query, (words,))]

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def search() -> list[Row]:
    """Questions of four to eight words, half of the words English and half Korean, many of them frequent."""
    texts, questions = invented_library(random.Random(1))
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "passages.sqlite3"), Path(folder, "plain.sqlite3")
        store, plain = Store(files[0]), PlainIndex(files[1])
        index = PassageIndex(store)
        filled = seconds(lambda: index.add("vs", "file", [Chunk(text, 1) for text in texts]))
        plain_filled = seconds(lambda: plain.add(texts))
        times = [
            in_turns(partial(index.search, ["vs"], [question]), partial(plain.search, question), rounds=1)
            for question in questions
        ]
        store.close()
        plain.close()
        sizes = [file.stat().st_size / 2**20 for file in files]
    (own, base), slowest = ([1000 * of(each) for each in zip(*times)] for of in (median, max))
    what = f"a search in {PASSAGES:,} passages"
    return [
        Row(f"{what}, median of {QUERIES}", own, PLAIN, base, most=20),
        Row(f"{what}, slowest", slowest[0], "plain FTS5", slowest[1]),
        Row("indexing them", filled, "plain FTS5", plain_filled, unit="s"),
        Row("the file of them", sizes[0], "plain FTS5", sizes[1], unit="MB"),
    ]


def invented_library(rng: random.Random) -> tuple[list[str], list[str]]:
    """Texts of passages, and questions about them."""
    vocabulary = [invented(rng, SYLLABLES if number % 2 else LETTERS) for number in range(20_000)]
    frequencies = list(accumulate(1 / (rank + 1) for rank in range(len(vocabulary))))  # Zipf's law
    texts = [" ".join(rng.choices(vocabulary, cum_weights=frequencies, k=WORDS)) for _ in range(PASSAGES)]
    # Ranks are drawn evenly on a logarithmic scale: questions have both common and rare words.
    questions = [
        " ".join(vocabulary[int(len(vocabulary) ** rng.random()) - 1] for _ in range(rng.randint(4, 8)))
        for _ in range(QUERIES)
    ]
    return texts, questions


def invented(rng: random.Random, letters: str) -> str:
    """A made-up word."""
    return "".join(rng.choices(letters, k=rng.randint(2, 4) if letters == SYLLABLES else rng.randint(3, 9)))
