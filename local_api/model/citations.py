"""How passages are shown to a model, and how a reply points back to them.

The model is given each passage under a marker like ``【4:0†notes.txt】`` and cites by repeating it. A recording can't
know the marker, since the search is real: there a reply cites by file and phrase, ``【notes.txt|a few words】``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

FIRST_CALL = 4  # the old service's markers began with 4
MARKER = re.compile(r"【(\d+):(\d+)†([^【】]+)】")
PHRASE = re.compile(r"【([^【】|]+)\|([^【】]+)】")
PHRASE_WORDS = 8
BRACKETS = str.maketrans("【】", "[]")


class Passage(NamedTuple):
    """A passage as the model was given it."""

    marker: str
    filename: str
    text: str


class NotFound(LookupError):
    """A citation whose passage was not among those that the search gave."""


def marker(call: int, place: int, filename: str) -> str:
    """The marker of a passage.

    Args:
        call: which search of its run gave it, from 0.
        place: which of that search's results it is, from 0.
        filename: the file that it is from.
    """
    return f"【{FIRST_CALL + call}:{place}†{filename.translate(BRACKETS)}】"


def listed(passages: list[tuple[str, int, str]]) -> str:
    """What a model is told of a search.

    Args:
        passages: marker, page and text of each.
    """
    return "\n\n".join(f"{mark} page {page}\n{text.translate(BRACKETS)}" for mark, page, text in passages)


def passages_in(output: str) -> list[Passage]:
    """The passages in what a search told the model."""
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
        outputs: what the run's searches told the model.

    Raises:
        NotFound: no passage of that file holds that phrase.
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
    """A live model's reply as it is recorded: its markers replaced by file and phrase."""
    passages = {passage.marker: passage for output in outputs for passage in passages_in(output)}

    def named(match: re.Match[str]) -> str:
        passage = passages.get(match.group())
        return f"【{passage.filename}|{_phrase(passage.text)}】" if passage else match.group()

    return MARKER.sub(named, text)


def without_citations(text: str) -> str:
    """A text as it is compared: a reply says the same wherever its citations stand, in its text or beside it."""
    return MARKER.sub("", PHRASE.sub("", text))


def _plain(text: str) -> str:
    """A text for comparing: lines may have been broken anywhere between words."""
    return " ".join(text.split())


def _phrase(text: str) -> str:
    return " ".join(text.replace("|", " ").split()[:PHRASE_WORDS])
