"""The driver of a lasting home: a few threads work on runs, whether anybody looks or not."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator

from local_api.storage.leases import Leases

from .drivers import Event, copied_to
from .loop import LOG, Loop, ignore
from .turn import Emit

WORKERS = 16  # runs worked on at once; a worker mostly waits for a model
LOOK_UP_EVERY = 0.2  # seconds between two looks at a run that waits for a worker
KEEP_ALIVE = 5.0  # seconds after which a silent stream is told that it is still open


class PoolDriver:
    """Works on runs in threads of its own.

    Args:
        machine: the machine to drive.
        leases: shared with the machine.
    """

    poll_after_ms = 100

    def __init__(self, machine: Loop, leases: Leases) -> None:
        self._machine = machine
        self._leases = leases
        self._slots = threading.Semaphore(WORKERS)

    def claim(self, run: dict) -> None:
        """Take the lease of the run, whoever had it before."""
        self._leases.take(run["id"])

    def start(self, run: dict) -> None:
        """Work on a claimed run."""
        self._begin(run, ignore)

    def stream(self, run: dict, events: list[Event]) -> Iterator[Event | None]:
        """Work on a claimed run and tell its events as they come. It goes on to its end even if nobody listens."""
        news: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._begin(run, copied_to(news.put), lambda: news.put(None))
        return _told(events, news)

    def seen(self, run: dict) -> dict:
        """The run is as far as it is."""
        return self._machine.current(self._machine.latest(run) or run)

    settled = seen

    def _begin(self, run: dict, emit: Emit, done: Callable[[], None] = lambda: None) -> None:
        # Daemon threads: a program that ends does not wait for a model. The lease lapses, and the run is given up.
        owner = self._leases.owner(run["id"])
        threading.Thread(target=self._work, args=(run, owner, emit, done), name=run["id"], daemon=True).start()

    def _work(self, run: dict, owner: str, emit: Emit, done: Callable[[], None]) -> None:
        has_slot = False
        try:
            has_slot = self._wait_for_slot(run)
            self._machine.settle(run, emit)
        except Exception:
            LOG.exception("local_api failed while it worked on %s", run["id"])
        finally:
            if has_slot:
                self._slots.release()
            try:
                self._leases.give_back(run["id"], owner)
            except sqlite3.Error:
                LOG.warning("a lease could not be given back; it will lapse", exc_info=True)
            done()  # whatever became of the database: somebody may be listening

    def _wait_for_slot(self, run: dict) -> bool:
        """Wait until a worker is free; a run that is cancelled meanwhile needs none."""
        while not self._slots.acquire(timeout=LOOK_UP_EVERY):
            now = self._machine.latest(run)
            if now is None or now["status"] != "queued":
                return False
        return True


def _told(events: list[Event], news: queue.SimpleQueue[Event | None]) -> Iterator[Event | None]:
    yield from events
    while True:
        try:
            event = news.get(timeout=KEEP_ALIVE)
        except queue.Empty:
            yield None
            continue
        if event is None:
            return
        yield event
