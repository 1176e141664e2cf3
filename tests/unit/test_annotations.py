"""Texts that point to something, found in a reply that arrives in pieces."""

from __future__ import annotations

import pytest

from local_api.engine.annotations import Annotator
from local_api.engine.toolbox import Reference

SHORT, LONG = "sandbox:/mnt/data/a", "sandbox:/mnt/data/a.csv"
MARKER = "【4:0†sea.txt】"
TARGETS = {
    literal: Reference("file_path", f"file-{place}", literal) for place, literal in enumerate([SHORT, LONG, MARKER])
}


def cut(*pieces: str) -> list[tuple[str, str | None]]:
    """The pieces of a reply with what each points to; plain pieces that follow each other are joined."""
    annotator = Annotator(TARGETS)
    found = [piece for text in pieces for piece in annotator.feed(text)] + list(annotator.flush())
    joined: list[tuple[str, str | None]] = []
    for text, target in found:
        name = target.filename if target else None
        if joined and name is None and joined[-1][1] is None:
            joined[-1] = (joined[-1][0] + text, None)
        else:
            joined.append((text, name))
    return joined


@pytest.mark.parametrize(("text", "expected"), [
    ("", []),
    ("plain", [("plain", None)]),
    (f"See {MARKER}.", [("See ", None), (MARKER, MARKER), (".", None)]),
    (MARKER * 2, [(MARKER, MARKER), (MARKER, MARKER)]),
    (f"{LONG} and {SHORT}", [(LONG, LONG), (" and ", None), (SHORT, SHORT)]),
    (f"{SHORT}.cs", [(SHORT, SHORT), (".cs", None)]),
    ("【4:1†sea.txt】", [("【4:1†sea.txt】", None)]),
    (MARKER[:-1], [(MARKER[:-1], None)]),
    (f"{MARKER[:3]}{MARKER}", [(MARKER[:3], None), (MARKER, MARKER)]),
])  # fmt: skip
def test_a_text_is_cut_alike_however_it_arrives(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert cut(text) == expected
    assert cut(*text) == expected
    for place in range(len(text)):
        assert cut(text[:place], text[place:]) == expected


def test_what_is_certain_is_not_held_back() -> None:
    annotator = Annotator(TARGETS)
    assert [text for text, _ in annotator.feed("See 【4:")] == ["See "]
    assert [text for text, _ in annotator.feed("9】 and")] == ["【4:9】 and"]
