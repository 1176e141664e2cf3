"""PDF, read with pypdf."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from . import Check, Unreadable

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MAX_PAGES = 10_000

# pypdf logs every oddity of a file. What matters is in the file's own error, so the log stays out of notebooks.
_LOG = logging.getLogger("pypdf")
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False


def read(path: Path, check: Check) -> Iterator[str]:
    """Yield the text of each page; a page with only a picture is empty."""
    import pypdf

    with path.open("rb") as stream:
        try:
            pages = _pages(pypdf.PdfReader(stream), check)
        except Unreadable:
            raise
        except pypdf.errors.LimitReachedError:
            raise Unreadable(f"has more than {MAX_PAGES:,} pages, or is built strangely. Split it.") from None
        except Exception:  # the parser fails in many ways on broken files
            raise Unreadable("is damaged. Open it in a PDF viewer, print it to a new PDF, and upload that.") from None
        for number, page in enumerate(pages, 1):
            yield _text(page, number, check)


def _pages(reader: PdfReader, check: Check) -> list[PageObject]:
    from pypdf import apply_configuration

    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("is protected with a password. Save a copy without the password, and upload that.")
    check()
    with apply_configuration(page_tree_maximum_entries=MAX_PAGES):
        return list(reader.pages)


def _text(page: PageObject, number: int, check: Check) -> str:
    check()
    try:
        return page.extract_text(visitor_operand_before=lambda *_: check())
    except Unreadable:
        raise
    except Exception:  # as above
        raise Unreadable(
            f"can't be read on page {number}. Open it in a PDF viewer, print it to a new PDF, and upload that."
        ) from None
