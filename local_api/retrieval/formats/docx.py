"""Word documents: a zip archive whose text is XML."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import ParseError

from . import Check, Unreadable

PARTS = re.compile(r"word/(document|footnotes|endnotes)\d*\.xml")
MAX_XML_BYTES = 100 << 20
PIECE = 1 << 16  # bytes parsed at once
BREAKS = {"p": "\n", "br": "\n", "cr": "\n", "tab": "\t"}
DAMAGED = "is damaged. Open it in Word, save it again as .docx, and upload that."


def read(path: Path, check: Check) -> Iterator[str]:
    """Yield the text as one page, notes at its end: Word lays out pages only when it displays them."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield "\n".join(_text(archive, part, check) for part in _parts(archive))
    except (zipfile.BadZipFile, zlib.error, ParseError, ValueError, RuntimeError, NotImplementedError, EOFError):
        raise Unreadable(DAMAGED) from None


def _parts(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    parts = [part for part in archive.infolist() if PARTS.fullmatch(part.filename)]
    if not any(part.filename.startswith("word/document") for part in parts):
        raise Unreadable(
            "is an archive, but not a Word document. Upload the .docx that Word saves, or the files inside."
        )
    # zipfile never reads more than the declared size.
    if sum(part.file_size for part in parts) > MAX_XML_BYTES:
        raise Unreadable("unpacks to far more text than can be searched. Split it into smaller documents.")
    return parts


def _text(archive: zipfile.ZipFile, part: zipfile.ZipInfo, check: Check) -> str:
    from defusedxml.ElementTree import DefusedXMLParser

    text = _Text()
    parser = DefusedXMLParser(target=text, forbid_dtd=True)
    with archive.open(part) as stream:
        while piece := stream.read(PIECE):
            check()
            parser.feed(piece)
    parser.close()
    return "".join(text.pieces)


class _Text:
    """The XML parser's target: it keeps the text and builds no tree."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._in_text = False
        self._in_fallback = 0  # it repeats a text box for older programs

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        self._in_text = name == "t"
        self._in_fallback += name == "Fallback"

    def end(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        self._in_text = False
        self._in_fallback -= name == "Fallback"
        if name in BREAKS and not self._in_fallback:
            self.pieces.append(BREAKS[name])

    def data(self, text: str) -> None:
        if self._in_text and not self._in_fallback:
            self.pieces.append(text)

    def close(self) -> None:
        pass
