"""Plain text, Markdown and code."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from . import Check, Unreadable

MAX_BYTES = 64 << 20  # more than the longest accepted text has in any encoding


def read(path: Path, check: Check) -> Iterator[str]:
    """Yield the whole text as one page."""
    yield decoded(path)


def decoded(path: Path) -> str:
    """The text of a file in UTF-8, UTF-16 with a byte order mark, or ASCII.

    Raises:
        Unreadable: it is in another encoding, isn't text, or is too large.
    """
    if path.stat().st_size > MAX_BYTES:
        raise Unreadable("is too large for a text file. Split it into files of at most 5,000,000 tokens.")
    content = path.read_bytes()
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(
            "is not text in UTF-8, UTF-16 or ASCII. Open it in an editor and save it as UTF-8 "
            "(older Korean files are often in CP949)."
        ) from None
    if "\0" in text:
        raise Unreadable("contains zero bytes, as programs and pictures do. If it is a text file, save it as UTF-8.")
    return text
