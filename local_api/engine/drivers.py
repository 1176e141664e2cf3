"""What takes runs and responses forward: here, each read by a client. (The other driver is in `pool`.)"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, Protocol

from .loop import Loop
from .states import Task
from .turn import Emit

StreamEvent = tuple[str, Mapping[str, Any]]


class Driver(Protocol[Task]):
    """What the API needs of a driver.

    `claim` is called inside the transaction that queues a task; afterwards the task is either started with `start`,
    or started and followed with `stream`. `advance` and `settle` are called when a client reads it.
    """

    poll_after_ms: int

    def claim(self, task: Task) -> None:
        """Make this process the one that works on the task."""
        ...

    def start(self, task: Task) -> None:
        """Have a claimed task worked on."""
        ...

    def stream(self, task: Task, events: list[StreamEvent]) -> Iterator[StreamEvent | None]:
        """Have a claimed task worked on, and yield its events until it next stops; None as a keep-alive.

        Args:
            task: the run or response.
            events: what has happened already, to be yielded first.
        """
        ...

    def advance(self, task: Task) -> Task:
        """Take a task that is being read one step forward, if reading is what moves it; returns it as it is now."""
        ...

    def settle(self, task: Task) -> Task:
        """Take a task whose results are being read as far as it goes, if reading is what moves it."""
        ...


class ReadDriver(Generic[Task]):
    """Tasks move when they are read, one visible status a read.

    A lesson that is driven like this shows the same statuses on every machine, and no polling loop waits in vain.
    """

    poll_after_ms = 1  # the next read already finds the next status

    def __init__(self, machine: Loop[Task, Any]) -> None:
        self._machine = machine
        self._lock = threading.RLock()

    def claim(self, task: Task) -> None:
        """Note which thread will work on the task. No other process can see it."""
        self._machine.claims[task["id"]] = threading.get_ident()

    def start(self, task: Task) -> None:
        """Nothing to do until the task is read."""

    def stream(self, task: Task, events: list[StreamEvent]) -> Iterator[StreamEvent | None]:
        """Take the task to its rest at once, and yield the events afterwards.

        A client that leaves in the middle misses words, but leaves nothing unfinished.
        """
        all_events = list(events)
        with self._lock:
            self._machine.settle(task, copied_to(all_events.append))
        return iter(all_events)

    def advance(self, task: Task) -> Task:
        """Take the task one step forward."""
        with self._lock:
            return self._machine.advance(task)

    def settle(self, task: Task) -> Task:
        """Take the task as far as it goes on its own."""
        with self._lock:
            return self._machine.settle(task)


def copied_to(take: Callable[[StreamEvent], object]) -> Emit:
    """An `Emit` that passes on a copy of each event, since the objects in it change later."""

    def emit(name: str, data: Mapping[str, Any]) -> None:
        take((name, copy.deepcopy(data)))

    return emit
