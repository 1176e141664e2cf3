"""Who takes runs forward: whoever looks at them. (The other driver is in `pool`.)"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

from .loop import Loop
from .turn import Emit

Event = tuple[str, dict]


class Driver(Protocol):
    """What the API needs of a driver.

    `claim` is called inside the transaction that queues a run; after it the run is either started with `start`, or
    started and followed with `stream`. `seen` and `settled` are called when it is read.
    """

    poll_after_ms: int

    def claim(self, run: dict) -> None:
        """The run is being queued: it is this process that will work on it."""
        ...

    def start(self, run: dict) -> None:
        """Have a claimed run worked on."""
        ...

    def stream(self, run: dict, events: list[Event]) -> Iterator[Event | None]:
        """Have a claimed run worked on, and tell its events up to its next rest; None while there is nothing to tell.

        Args:
            run: the run.
            events: what has happened already, to be told first.
        """
        ...

    def seen(self, run: dict) -> dict:
        """The run is being read: its status now."""
        ...

    def settled(self, run: dict) -> dict:
        """What the run made is being read."""
        ...


class ReadDriver:
    """Runs move when they are read, one visible status a read.

    A lesson that is driven like this shows the same statuses on every machine, and no polling loop waits for nothing.
    """

    poll_after_ms = 1  # the next read already finds the next status

    def __init__(self, machine: Loop) -> None:
        self._machine = machine
        self._lock = threading.RLock()

    def claim(self, run: dict) -> None:
        """Nothing to do: no other process can see the run."""

    def start(self, run: dict) -> None:
        """Nothing to do until somebody looks."""

    def stream(self, run: dict, events: list[Event]) -> Iterator[Event | None]:
        """The run is taken to its rest at once, and the events are told afterwards.

        A client that leaves in the middle misses words, but leaves nothing unfinished.
        """
        told = list(events)
        with self._lock:
            self._machine.settle(run, copied_to(told.append))
        return iter(told)

    def seen(self, run: dict) -> dict:
        """One step further."""
        with self._lock:
            return self._machine.advance(run)

    def settled(self, run: dict) -> dict:
        """As far as it goes on its own."""
        with self._lock:
            return self._machine.settle(run)


def copied_to(take: Callable[[Event], object]) -> Emit:
    """An `Emit` that hands each event on as it is at this moment; the objects in it will change."""
    return lambda name, data: take((name, copy.deepcopy(data)))
