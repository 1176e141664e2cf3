"""File search: one vector store that is as full as a big manual's."""

from __future__ import annotations

import random
import tempfile
from functools import partial
from itertools import accumulate
from pathlib import Path
from statistics import median

from local_api.retrieval.chunks import Chunk
from local_api.retrieval.search import PassageIndex
from local_api.store import Store

from .measure import Row, seconds

PASSAGES, WORDS = 10_000, 500  # words in a passage: one of 800 tokens has about as many
QUERIES = 200
LETTERS = "etaoinsrhldcumfpgwybvk"
SYLLABLES = "".join(chr(0xAC00 + 28 * number) for number in range(399))  # those that end in a vowel


def search() -> Row:
    """A question of four to eight words, half of the words English and half Korean, many of them frequent."""
    rng = random.Random(1)
    vocabulary = [invented(rng, SYLLABLES if number % 2 else LETTERS) for number in range(20_000)]
    frequencies = list(accumulate(1 / (rank + 1) for rank in range(len(vocabulary))))  # Zipf's law
    texts = [" ".join(rng.choices(vocabulary, cum_weights=frequencies, k=WORDS)) for _ in range(PASSAGES)]
    # Ranks are drawn evenly on a logarithmic scale, as questions name both common and special things.
    questions = [
        " ".join(vocabulary[int(len(vocabulary) ** rng.random()) - 1] for _ in range(rng.randint(4, 8)))
        for _ in range(QUERIES)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "passages.sqlite3"
        store = Store(path)
        index = PassageIndex(store)
        indexing = seconds(lambda: index.add("vs", "file", [Chunk(text, 1) for text in texts]))
        index.search(["vs"], questions[:1])
        times = [1000 * seconds(partial(index.search, ["vs"], [question])) for question in questions]
        store.close()
        size = path.stat().st_size / sum(len(text.encode()) for text in texts)
    details = f"slowest {max(times):.0f} ms; indexed in {indexing:.0f} s; the file is {size:.1f} × its text"
    return Row(f"a search in {PASSAGES:,} passages, median", median(times), 20, details, unit="ms")


def invented(rng: random.Random, letters: str) -> str:
    """A word that nobody uses."""
    return "".join(rng.choices(letters, k=rng.randint(2, 4) if letters == SYLLABLES else rng.randint(3, 9)))
