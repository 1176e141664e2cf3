"""Extract a file's text page by page, or say why it can't be read and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import Literal

from local_api.tokens import estimate_tokens

from .formats import Check, Unreadable, docx, html, pdf, plain, time_limit
from .words import composed

MAX_TOKENS = 5_000_000
MAX_SECONDS = 120
PLAIN = [
    ".c",
    ".cpp",
    ".cs",
    ".css",
    ".go",
    ".java",
    ".js",
    ".json",
    ".md",
    ".php",
    ".py",
    ".rb",
    ".sh",
    ".tex",
    ".ts",
    ".txt",
]
READERS: dict[str, Callable[[Path, Check], Iterator[str]]] = {
    ".pdf": pdf.read,
    ".docx": docx.read,
    ".html": html.read,
    **dict.fromkeys(PLAIN, plain.read),
}
SUPPORTED = frozenset(READERS)

SAVE_AS_DOCX = "Save it as .docx or .pdf"
SAVE_AS_PDF = "Save it as .pdf"
TABLE = "Tables are not searched as text: give it to the code interpreter, or save it as .pdf"
PICTURE = "Pictures contain no text: run text recognition (OCR) over it, and upload the result"
ADVICE = {
    **dict.fromkeys([".doc", ".hwp", ".hwpx", ".odt", ".rtf", ".pages"], SAVE_AS_DOCX),
    **dict.fromkeys([".ppt", ".pptx", ".key", ".odp"], SAVE_AS_PDF),
    **dict.fromkeys([".csv", ".tsv", ".xls", ".xlsx"], TABLE),
    **dict.fromkeys([".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff"], PICTURE),
}

SCANNED = (
    "contains no text that can be read: its pages are pictures or blank. "
    "Run text recognition (OCR) over it, and upload the result."
)

HEAD = 1024  # bytes at a file's start that identify its type
PDF, ZIP, WEB_PAGE = "a PDF", "a zip archive", "a web page"
CONTAINERS = {".pdf": PDF, ".docx": ZIP}  # the other types are text
SIGNATURES = {
    b"%PDF-": PDF,
    b"PK\x03\x04": ZIP,
    b"PK\x05\x06": "an empty zip archive",
    b"\xd0\xcf\x11\xe0": "an old Office document, or one with a password",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF87a": "a GIF picture",
    b"GIF89a": "a GIF picture",
    b"II*\x00": "a TIFF picture",
    b"MM\x00*": "a TIFF picture",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"{\\rtf": "a rich text document",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"SQLite format 3\x00": "a database",
}


class UnreadableDocument(ValueError):
    """The file can't be read; the message names it and the fix.

    Attributes:
        code: `unsupported_file` for a type that can't be searched, else `invalid_file`.
    """

    def __init__(self, code: Literal["unsupported_file", "invalid_file"], message: str) -> None:
        self.code = code
        super().__init__(message)


def read_document(path: Path, filename: str, seconds: float = MAX_SECONDS) -> list[str]:
    """Read a file.

    Args:
        path: where its bytes are.
        filename: the name it was uploaded under; its ending determines the type.
        seconds: after which reading is given up.

    Returns:
        The text of each page, in Unicode's NFC; one item for formats without pages.

    Raises:
        UnreadableDocument: its type isn't supported, its content isn't of that type, or it contains no text.
    """
    ending = PurePath(filename).suffix.lower()
    if ending not in SUPPORTED:
        raise UnreadableDocument("unsupported_file", _unsupported(filename, ending))
    try:
        _check_content(path, ending)
        return _pages(path, ending, seconds)
    except Unreadable as error:
        raise UnreadableDocument("invalid_file", f"{filename} {error}") from None


def _unsupported(filename: str, ending: str) -> str:
    kind = f"of type {ending}" if ending else "without an ending in its name"
    advice = ADVICE.get(ending, "Save it as one of these types")
    return f"{filename}: files {kind} can't be searched. {advice}. Supported are {', '.join(sorted(SUPPORTED))}."


def _check_content(path: Path, ending: str) -> None:
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if not head:
        raise Unreadable("is empty. Upload a file with text in it.")
    found, expected = _kind(head), CONTAINERS.get(ending)
    if expected == PDF and b"%PDF-" in head:
        return  # some programs write a line before the signature
    if found == expected or (found == WEB_PAGE and expected is None):
        return
    if found:
        raise Unreadable(f"is {found}, whatever its name says. Give it its right ending, or save it as {ending}.")
    raise Unreadable(f"is not {expected}, whatever its name says. Open it to see what it is, and save it again.")


def _kind(head: bytes) -> str | None:
    for signature, kind in SIGNATURES.items():
        if head.startswith(signature):
            return kind
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return WEB_PAGE if start.startswith((b"<!doctype html", b"<html")) else None


def _pages(path: Path, ending: str, seconds: float) -> list[str]:
    pages: list[str] = []
    tokens = 0
    for page in READERS[ending](path, time_limit(seconds)):
        pages.append(_tidy(page))
        tokens += estimate_tokens(pages[-1])
        if tokens > MAX_TOKENS:
            raise Unreadable(f"has more than {MAX_TOKENS:,} tokens. Split it into smaller files.")
    if tokens == 0:
        raise Unreadable(SCANNED if ending == ".pdf" else "contains no text. Upload a file with text in it.")
    return pages


def _tidy(text: str) -> str:
    """Normalize line ends and Unicode, and drop what UTF-8 can't encode."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return composed(whole)
