"""Web pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from . import Check
from .plain import decoded

HIDDEN = {"script", "style"}
CELLS = {"td", "th"}
BLOCKS = re.compile(
    "address|article|aside|blockquote|body|br|caption|d[dlt]|details|div|fieldset|figcaption|figure|footer|form|h[1-6r]"
    "|header|html|li|main|nav|ol|option|p|pre|section|summary|table|title|tr|ul"
)
SPACES = re.compile(r"[ \t\r\n\f]+")
EMPTY_LINES = re.compile(r"\n{3,}")


def read(path: Path, check: Check) -> Iterator[str]:
    """Yield the visible text as one page, each block on lines of its own."""
    parser = _VisibleText(check)
    parser.feed(decoded(path))
    parser.close()
    lines = (line.strip(" ") for line in "".join(parser.pieces).split("\n"))
    yield EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


class _VisibleText(HTMLParser):
    # Builds no tree, so deep nesting costs nothing.
    def __init__(self, check: Check) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._check = check
        self._hidden = False
        self._preformatted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._at(tag)
        self._hidden = tag in HIDDEN
        self._preformatted += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        self._at(tag)
        self._hidden = False
        self._preformatted -= tag == "pre" and self._preformatted > 0

    def handle_data(self, data: str) -> None:
        self._check()
        if not self._hidden:
            self.pieces.append(data if self._preformatted else SPACES.sub(" ", data))

    def _at(self, tag: str) -> None:
        self._check()
        if BLOCKS.fullmatch(tag):
            self.pieces.append("\n\n" if tag == "p" else "\n")
        elif tag in CELLS:
            self.pieces.append(" ")
