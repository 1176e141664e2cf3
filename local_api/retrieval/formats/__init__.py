"""One module a format: each has `read(path, check)`, which gives the text of a file page by page.

A reader raises Unreadable if it can't. It calls `check` often while it works: that ends it when its time is up.
"""

from __future__ import annotations

import time
from collections.abc import Callable

Check = Callable[[], None]


class Unreadable(Exception):
    """The file can't be read. The message goes on after the file's name: "is empty. Upload ..."."""


def time_limit(seconds: float) -> Check:
    """A function that raises Unreadable once this many seconds have passed."""
    end = time.monotonic() + seconds

    def check() -> None:
        if time.monotonic() > end:
            raise Unreadable(f"took longer than {seconds:g} seconds to read. Split it into smaller files.")

    return check
