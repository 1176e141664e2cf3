"""Texts in a reply that point to something, found while the reply arrives piece by piece."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .toolbox import Reference

Piece = tuple[str, Reference | None]


class Annotator:
    """Cuts a text into plain pieces and pieces that point to something.

    Args:
        literals: the texts that point, each with what it points to.
    """

    def __init__(self, literals: Mapping[str, Reference]) -> None:
        self._literals = literals
        longest_first = sorted(literals, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if literals else None
        self._held = ""

    def feed(self, text: str) -> Iterator[Piece]:
        """The pieces that are certain by now; an end that may become a literal is held back."""
        self._held += text
        yield from self._cut(is_last=False)

    def flush(self) -> Iterator[Piece]:
        """What was held back, at the end of the text."""
        yield from self._cut(is_last=True)

    def _cut(self, *, is_last: bool) -> Iterator[Piece]:
        while match := self._pattern and self._pattern.search(self._held):
            if match.start() >= self._certain(is_last):
                break  # it may still become a longer literal
            if match.start():
                yield self._held[: match.start()], None
            yield match.group(), self._literals[match.group()]
            self._held = self._held[match.end() :]
        end = self._certain(is_last)
        text, self._held = self._held[:end], self._held[end:]
        if text:
            yield text, None

    def _certain(self, is_last: bool) -> int:
        """The length of the held text without the longest end that a literal begins with."""
        length = len(self._held)
        if is_last:
            return length
        starts = (start for start in range(length) if self._may_become_literal(start))
        return next(starts, length)

    def _may_become_literal(self, start: int) -> bool:
        end = self._held[start:]
        return any(len(literal) > len(end) and literal.startswith(end) for literal in self._literals)
