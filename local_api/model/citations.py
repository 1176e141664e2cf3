"""How passages are shown to a model, and how a reply cites them.

The model gets each passage under a marker like ``【4:0†notes.txt】`` and cites a passage by repeating its marker. A
recording can't know the marker, since the search is real: there a reply cites by file and phrase,
``【notes.txt|a few words】``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

FIRST_CALL = 4  # OpenAI's markers began with 4
MARKER = re.compile(r"【(\d+):(\d+)†([^【】]+)】")
PHRASE = re.compile(r"【([^【】|]+)\|([^【】]+)】")
PHRASE_WORDS = 8
BRACKETS = str.maketrans("【】", "[]")


class Passage(NamedTuple):
    """A passage as the model saw it."""

    marker: str
    filename: str
    text: str


class NotFound(LookupError):
    """A reply cites a passage that the searches didn't find."""


def marker(call: int, place: int, filename: str) -> str:
    """The marker of a passage.

    Args:
        call: the number of the search within its run, from 0.
        place: the passage's place among the results of that search, from 0.
        filename: the file that the passage is from.
    """
    return f"【{FIRST_CALL + call}:{place}†{filename.translate(BRACKETS)}】"


def search_output(passages: list[tuple[str, int, str]]) -> str:
    """The output of a search as the model gets it; `passages_in` reads it back.

    Args:
        passages: marker, page and text of each.
    """
    return "\n\n".join(f"{mark} page {page}\n{text.translate(BRACKETS)}" for mark, page, text in passages)


def passages_in(output: str) -> list[Passage]:
    """The passages in a search's output."""
    found = list(MARKER.finditer(output))
    ends = [match.start() for match in found[1:]] + [len(output)]
    return [
        Passage(match.group(), match.group(3), output[match.end() : end].partition("\n")[2])
        for match, end in zip(found, ends)
    ]


def with_markers(text: str, outputs: list[str]) -> str:
    """A recorded reply with the markers of the passages that were really found.

    Args:
        text: the reply, which cites by file and phrase.
        outputs: the outputs of the run's searches.

    Raises:
        NotFound: no passage of that file contains that phrase.
    """
    passages = [passage for output in outputs for passage in passages_in(output)]

    def marked(match: re.Match[str]) -> str:
        filename, phrase = match.groups()
        for passage in passages:
            if passage.filename == filename and _plain(phrase) in _plain(passage.text):
                return passage.marker
        raise NotFound(f"a passage of {filename} with {phrase!r}")

    return PHRASE.sub(marked, text)


def with_phrases(text: str, outputs: list[str]) -> str:
    """A live model's reply as it is recorded: with file and phrase in place of each marker."""
    passages = {passage.marker: passage for output in outputs for passage in passages_in(output)}

    def named(match: re.Match[str]) -> str:
        passage = passages.get(match.group())
        return f"【{passage.filename}|{_phrase(passage.text)}】" if passage else match.group()

    return MARKER.sub(named, text)


def without_citations(text: str) -> str:
    """A text for comparing: runs keep citations in the text and responses beside it, which makes no difference."""
    return MARKER.sub("", PHRASE.sub("", text))


def _plain(text: str) -> str:
    """A text for comparing: lines may be broken anywhere between words, and a phrase can't contain its separator."""
    return " ".join(text.replace("|", " ").split())


def _phrase(text: str) -> str:
    return " ".join(_plain(text).split()[:PHRASE_WORDS])
