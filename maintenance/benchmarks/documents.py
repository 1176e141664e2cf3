"""Reading documents: what our checks add to the library that reads them."""

from __future__ import annotations

from pypdf import PdfReader

from local_api.retrieval.documents import read_document
from maintenance.lesson import COURSE

from .measure import milliseconds
from .rows import Row

ROUNDS = 9


def documents() -> list[Row]:
    """The course's PDF documents, as file search reads them, against pypdf alone."""
    paths = sorted((COURSE / "data" / "documents").glob("*.pdf"))

    def read_all() -> None:
        for path in paths:
            read_document(path, path.name)

    def extract_all() -> None:
        for path in paths:
            with PdfReader(path) as reader:
                for page in reader.pages:
                    page.extract_text()

    own, base = milliseconds(read_all, extract_all, rounds=ROUNDS)
    return [Row(f"reading the course's {len(paths)} PDF documents", own, "pypdf alone", base)]
