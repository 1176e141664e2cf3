"""Text as SQLite and JSON in UTF-8 can hold it: without halves of characters."""

from __future__ import annotations


def storable(text: str) -> str:
    """The text with surrogate pairs joined and lone surrogates replaced by U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def is_storable(text: str) -> bool:
    """Whether the text has no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def split_half(text: str) -> tuple[str, str]:
    """The text, and the first half of a surrogate pair if it ends with one: the other half may still come."""
    if text and "\ud800" <= text[-1] <= "\udbff":
        return text[:-1], text[-1]
    return text, ""
