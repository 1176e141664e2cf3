"""Texts in a reply that point to something, found while the reply arrives piece by piece."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .toolbox import Reference

Piece = tuple[str, Reference | None]


class Annotator:
    """Cuts a text into what is plain and what points to something.

    Args:
        literals: the texts that point, each with what it points to.
    """

    def __init__(self, literals: dict[str, Reference]) -> None:
        self._literals = literals
        longest_first = sorted(literals, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if literals else None
        self._held = ""

    def feed(self, text: str) -> Iterator[Piece]:
        """The pieces that are certain by now; the beginning of what may become a literal is held back."""
        self._held += text
        yield from self._cut(self._unsure)

    def flush(self) -> Iterator[Piece]:
        """What was held back: nothing more will come."""
        yield from self._cut(lambda: 0)

    def _cut(self, unsure: Any) -> Iterator[Piece]:
        while match := self._pattern and self._pattern.search(self._held):
            if match.start() >= len(self._held) - unsure():
                break  # it may still become a longer one
            if match.start():
                yield self._held[: match.start()], None
            yield match.group(), self._literals[match.group()]
            self._held = self._held[match.end() :]
        end = len(self._held) - unsure()
        text, self._held = self._held[:end], self._held[end:]
        if text:
            yield text, None

    def _unsure(self) -> int:
        """The length of the longest end of the text that a literal begins with, and goes on."""
        ends = (len(self._held) - start for start in range(len(self._held)))
        return next((n for n in ends if any(self._goes_on(literal, n) for literal in self._literals)), 0)

    def _goes_on(self, literal: str, length: int) -> bool:
        return len(literal) > length and literal.startswith(self._held[-length:])
