"""Split a document into overlapping passages, the chunks that search indexes and returns.

A text is a sequence of units that are never cut: a word, or one Chinese character or kana with its punctuation. A
passage takes as many units as its size allows and ends where a reader would pause. The next one begins some units
earlier.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from local_api.tokens import estimate_tokens

EARLIEST_END = 0.75  # share of the passage after which the search for a good place to end begins
PAGE_END = "\n\n"
CJK = r"\u3040-\u30ff\u3400-\u9fff"
OPENING = "([{「『（［｛〈《【〔“‘"
CLOSING = ")]}」』）］｝〉》】〕”’、。，．！？：；…・,.!?:;"
MARKS = r"\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef"  # change the character before them
UNITS = re.compile(
    rf"[{re.escape(OPENING)}]*(?:[{CJK}][{MARKS}]*[{re.escape(CLOSING)}]*|[^\s{CJK}]+(?<![{re.escape(OPENING)}])|\S)\s*"
)
ZERO_WIDTH_JOINER = "\u200d"
FLAG_LETTER = re.compile(r"[\U0001f1e6-\U0001f1ff]")  # two of them make a flag
FLAG_LETTERS = re.compile(r"[\U0001f1e6-\U0001f1ff]*$")
# Good places for a passage to end, the best first.
PAUSES = (
    re.compile(r"\n[^\S\n]*\n\s*"),
    re.compile(r"[.!?。！？…][\"'”’)\]」』）]*\s+|[。！？][”’」』）]*"),
    re.compile(r"\n"),
)


@dataclass(frozen=True)
class Chunk:
    """A passage, and the page on which it begins, counted from 1."""

    text: str
    page: int


def split(pages: list[str], size: int = 800, overlap: int = 400) -> list[Chunk]:
    """Split a document into passages.

    A passage ends at the end of a paragraph, else of a sentence, else of a line, else of a word, and may continue on
    the next page. Only a word that is longer than a whole passage is cut, between two of its characters.

    Args:
        pages: the text of each page.
        size: the maximum length of a passage, in estimated tokens.
        overlap: how much of a passage's end the next one may repeat, in estimated tokens; at most half of `size`.

    Returns:
        The passages in order. None is empty.
    """
    text = PAGE_END.join(pages)
    page_starts = list(accumulate((len(page) + len(PAGE_END) for page in pages[:-1]), initial=0))
    units = _Units(text, size)
    return [
        Chunk(text[begin:end].strip(), bisect_right(page_starts, begin))
        for begin, end in units.stretches(size, overlap)
    ]


class _Units:
    """The units of a text: where each begins, and how many tokens precede it."""

    def __init__(self, text: str, size: int) -> None:
        self._text = text
        self._begins = array("Q")
        self._tokens = array("Q", [0])
        for begin, unit in _units(text, size):
            self._begins.append(begin)
            self._tokens.append(self._tokens[-1] + estimate_tokens(unit))
        self._count = len(self._begins)
        self._begins.append(len(text))

    def stretches(self, size: int, overlap: int) -> Iterator[tuple[int, int]]:
        """Yield where each passage begins and ends in the text."""
        first = end = 0
        while end < self._count:
            end = self._end_after(first, size)
            yield self._begins[first], self._begins[end]
            first = max(first + 1, self._overlapping(end, size, overlap))

    def _end_after(self, first: int, size: int) -> int:
        """The unit before which the passage that begins with `first` ends."""
        latest = bisect_right(self._tokens, self._tokens[first] + size) - 1
        if latest >= self._count:
            return self._count
        earliest = max(first + 1, bisect_left(self._tokens, self._tokens[first] + EARLIEST_END * size))
        begin, end = self._begins[min(earliest, latest) - 1], self._begins[latest]
        for pause in PAUSES:
            ends = [begin + match.end() for match in pause.finditer(self._text[begin:end])]
            if ends:
                return bisect_left(self._begins, ends[-1])
        return latest

    def _overlapping(self, end: int, size: int, overlap: int) -> int:
        """The first unit of the passage that follows one that ended at `end`."""
        if end == self._count:
            return end
        room = size - (self._tokens[end + 1] - self._tokens[end])  # each passage must end later than the last
        return bisect_left(self._tokens, self._tokens[end] - min(overlap, room))


def _units(text: str, size: int) -> Iterator[tuple[int, str]]:
    for match in UNITS.finditer(text):
        if len(match.group()) <= size or estimate_tokens(match.group()) <= size:
            yield match.start(), match.group()
        else:
            yield from _parts(match.start(), match.group(), size)


def _parts(begin: int, word: str, size: int) -> Iterator[tuple[int, str]]:
    """Cut a long word into parts that are short enough for one unit."""
    cut = 0
    while cut < len(word):
        end = cut + (size // 2 or 1)
        latest = min(cut + size, len(word))  # a character is at most one token
        while end < latest and _is_within_character(word, cut, end):
            end += 1
        yield begin + cut, word[cut:end]
        cut = end


def _is_within_character(text: str, begin: int, place: int) -> bool:
    """Whether a cut at `place` would split one visible character; the text before `begin` is ignored."""
    return (
        unicodedata.category(text[place]) in ("Mn", "Me", "Mc", "Cf", "Sk")
        or text[place - 1] == ZERO_WIDTH_JOINER
        or "\u1160" <= text[place] <= "\u11ff"  # the later letters of a Hangul syllable
        or (bool(FLAG_LETTER.match(text, place)) and _flag_letters_before(text, begin, place) % 2 == 1)
    )


def _flag_letters_before(text: str, begin: int, place: int) -> int:
    letters = FLAG_LETTERS.search(text, begin, place)
    return len(letters.group()) if letters else 0
