"""One module per format, each with a function `read(path, check)` that yields a file's text page by page.

A reader raises Unreadable if it can't read the file. It calls `check` often; `check` raises Unreadable when the time
is up.
"""

from __future__ import annotations

import time
from collections.abc import Callable

Check = Callable[[], None]


class Unreadable(Exception):
    """The file can't be read. The message continues a sentence that begins with its name: "is empty. Upload ..."."""


def time_limit(seconds: float) -> Check:
    """Return a function that raises Unreadable once this many seconds have passed."""
    end = time.monotonic() + seconds

    def check() -> None:
        if time.monotonic() > end:
            raise Unreadable(f"took longer than {seconds:g} seconds to read. Split it into smaller files.")

    return check
