"""Waiting for what other threads do, which may take a while but not for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PATIENCE = 15  # seconds that tell something slow from something that never comes


def until(is_so: Callable[[], object]) -> None:
    """Wait until this is so."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "it never comes to that"
        time.sleep(0.02)


def nobody_works() -> None:
    """Wait for the threads of runs and model calls: one that does not end is left behind in a learner's kernel."""
    for thread in threading.enumerate():
        if thread.name.startswith(("run_", "resp_", "model call")):
            thread.join(PATIENCE)
            assert not thread.is_alive(), f"{thread.name} is still at work"
