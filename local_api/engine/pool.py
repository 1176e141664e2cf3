"""The driver of a lasting home: a few threads work on runs and responses, whether or not anyone reads them."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import Any, Generic

from local_api.storage.leases import Leases

from .drivers import StreamEvent, copied_to
from .loop import LOG, Loop, ignore
from .states import Task
from .turn import Emit

WORKERS = 16  # tasks worked on at once; a worker mostly waits for a model
CHECK_EVERY = 0.2  # seconds between two checks of a task that waits for a worker
KEEP_ALIVE = 5.0  # seconds without an event after which a stream gets a keep-alive


class PoolDriver(Generic[Task]):
    """Works on tasks in threads of its own.

    Args:
        machine: the machine to drive.
        leases: shared with the machine.
    """

    poll_after_ms = 100

    def __init__(self, machine: Loop[Task, Any], leases: Leases) -> None:
        self._machine = machine
        self._leases = leases
        self._slots = threading.Semaphore(WORKERS)

    def claim(self, task: Task) -> None:
        """Take the lease of the task, whoever had it before."""
        self._leases.take(task["id"])

    def start(self, task: Task) -> None:
        """Work on a claimed task."""
        self._begin(task, ignore)

    def stream(self, task: Task, events: list[StreamEvent]) -> Iterator[StreamEvent | None]:
        """Work on a claimed task and yield its events as they come. It goes on to its end if the client leaves."""
        news: queue.SimpleQueue[StreamEvent | None] = queue.SimpleQueue()
        self._begin(task, copied_to(news.put), lambda: news.put(None))
        return _with_keep_alives(events, news)

    def advance(self, task: Task) -> Task:
        """The task as it is now: its worker moves it, and reading doesn't."""
        return self._machine.current(self._machine.latest(task) or task)

    settle = advance

    def _begin(self, task: Task, emit: Emit, done: Callable[[], None] = lambda: None) -> None:
        # Daemon threads: a program that ends does not wait for a model. The lease lapses, and the task is given up.
        owner = self._leases.owner(task["id"])
        threading.Thread(target=self._work, args=(task, owner, emit, done), name=task["id"], daemon=True).start()

    def _work(self, task: Task, owner: str, emit: Emit, done: Callable[[], None]) -> None:
        has_slot = False
        try:
            has_slot = self._wait_for_slot(task)
            self._machine.settle(task, emit)
        except Exception:
            LOG.exception("local_api failed while it worked on %s", task["id"])
        finally:
            if has_slot:
                self._slots.release()
            try:
                self._leases.give_back(task["id"], owner)
            except sqlite3.Error:
                LOG.warning("a lease could not be given back; it will lapse", exc_info=True)
            done()  # whatever happened to the database: a stream may be waiting

    def _wait_for_slot(self, task: Task) -> bool:
        """Wait until a worker is free; a task that is cancelled meanwhile needs none."""
        while not self._slots.acquire(timeout=CHECK_EVERY):
            now = self._machine.latest(task)
            if now is None or now["status"] != "queued":
                return False
        return True


def _with_keep_alives(
    events: list[StreamEvent], news: queue.SimpleQueue[StreamEvent | None]
) -> Iterator[StreamEvent | None]:
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
