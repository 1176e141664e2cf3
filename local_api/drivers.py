"""Who takes runs forward: whoever looks at them, or a pool of workers."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator

from . import states
from .machine import RunMachine, ignore
from .turn import Emit

Event = tuple[str, dict]


class ReadDriver:
    """Runs move when they are read, one visible status a read.

    A lesson that is driven like this shows the same statuses on every machine, and no polling loop waits for nothing.
    """

    poll_after_ms = 1  # the next read already finds the next status

    def __init__(self, machine: RunMachine) -> None:
        self._machine = machine
        self._lock = threading.RLock()

    def started(self, run: dict) -> None:
        """A run was created or queued again: nothing to do until somebody looks."""

    def seen(self, run: dict) -> dict:
        """The run is being read: show its next status."""
        with self._lock:
            return self._machine.advance(self._latest(run))

    def settled(self, run: dict) -> dict:
        """What the run made is being read: take it as far as it goes on its own."""
        with self._lock:
            return self._settle(run, ignore)

    def stream(self, run: dict, events: list[Event]) -> Iterator[Event]:
        """The run as stream events, to its next rest.

        Args:
            run: a queued run.
            events: what has happened already, to be sent first.

        It is taken there at once and the events told afterwards: a client that leaves in the middle misses words,
        but leaves nothing unfinished.
        """
        with self._lock:
            self._settle(run, lambda name, data: events.append((name, copy.deepcopy(data))))
        return iter(events)

    def _settle(self, run: dict, emit: Emit) -> dict:
        run = self._latest(run)
        while run["status"] not in states.RESTING:
            run = self._machine.advance(run, emit)
        return run

    def _latest(self, run: dict) -> dict:
        return self._machine.store.get("run", run["id"], run["thread_id"]) or run
