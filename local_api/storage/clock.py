"""What time it is: on the wall, or in a recorded lesson."""

from __future__ import annotations

import threading
import time
from datetime import date, datetime, timezone


class WallClock:
    """The real time, in whole seconds since 1970 (UTC)."""

    def now(self, thread_id: str = "") -> int:
        """The time, the same in every thread."""
        return int(time.time())

    def tick(self, thread_id: str = "") -> int:
        """The time of a write, which for this clock is the current time."""
        return self.now()

    def begin(self, thread_id: str, created_at: int) -> None:
        """No-op: every thread uses the wall clock."""


class LogicalClock:
    """A clock that moves one second with each write, so that a lesson shows the same times everywhere.

    Every conversation has its own time, so what happens in two of them at once gets the same times in whichever
    order it happens. Objects outside conversations get the latest time of all, in the order of their creation.

    Args:
        start: the day on which the clock starts, at 09:00 UTC.
    """

    def __init__(self, start: date) -> None:
        nine = datetime(start.year, start.month, start.day, 9, tzinfo=timezone.utc)
        self._start = int(nine.timestamp())
        self._latest: dict[str, int] = {}
        self._latest_of_all = self._start
        self._lock = threading.Lock()

    def now(self, thread_id: str = "") -> int:
        """The time in this thread, or the latest of all if no thread is given."""
        with self._lock:
            return self._now(thread_id)

    def tick(self, thread_id: str = "") -> int:
        """Move on by one second and return the new time."""
        with self._lock:
            now = self._now(thread_id) + 1
            if thread_id:
                self._latest[thread_id] = now
            self._latest_of_all = max(now, self._latest_of_all)
            return now

    def skip(self, seconds: int) -> int:
        """Move every thread's time on by this many seconds; returns the latest time."""
        with self._lock:
            for thread_id in self._latest:
                self._latest[thread_id] += seconds
            self._latest_of_all += seconds
            return self._latest_of_all

    def begin(self, thread_id: str, created_at: int) -> None:
        """Start a thread's own time at its creation."""
        with self._lock:
            self._latest[thread_id] = created_at

    def _now(self, thread_id: str) -> int:
        if thread_id:
            return self._latest.get(thread_id, self._start)
        return self._latest_of_all


Clock = WallClock | LogicalClock
