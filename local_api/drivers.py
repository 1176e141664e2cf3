"""Who takes runs forward: whoever looks at them, or a pool of workers.

Both drivers have the same five methods. `claim` is called inside the transaction that queues a run; then the run is
either started with `start`, or started and followed with `stream`. `seen` and `settled` are called when it is read.
"""

from __future__ import annotations

import copy
import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator

from .machine import RunMachine, ignore
from .store import Store
from .turn import Emit

LOG = logging.getLogger("local_api")

Event = tuple[str, dict]

WORKERS = 16  # runs worked on at once; a worker mostly waits for a model
LEASE = 10.0  # seconds for which a silent worker is believed to be alive
RENEW_EVERY = 3.0  # seconds
KEEP_ALIVE = 5.0  # seconds after which a silent stream is told that it is still open


class ReadDriver:
    """Runs move when they are read, one visible status a read.

    A lesson that is driven like this shows the same statuses on every machine, and no polling loop waits for nothing.
    """

    poll_after_ms = 1  # the next read already finds the next status

    def __init__(self, machine: RunMachine) -> None:
        self._machine = machine
        self._lock = threading.RLock()

    def claim(self, run: dict) -> None:
        """Nothing to do: no other process can see the run."""

    def start(self, run: dict) -> None:
        """Nothing to do until somebody looks."""

    def seen(self, run: dict) -> dict:
        """The run is being read: show its next status."""
        with self._lock:
            return self._machine.advance(self._machine.latest(run))

    def settled(self, run: dict) -> dict:
        """What the run made is being read: take it as far as it goes on its own."""
        with self._lock:
            return self._machine.settle(run)

    def stream(self, run: dict, events: list[Event]) -> Iterator[Event | None]:
        """The run as stream events, to its next rest.

        It is taken there at once and the events told afterwards: a client that leaves in the middle misses words,
        but leaves nothing unfinished.

        Args:
            run: a queued run.
            events: what has happened already, to be sent first.
        """
        told = list(events)
        with self._lock:
            self._machine.settle(run, lambda name, data: told.append((name, copy.deepcopy(data))))
        return iter(told)


class PoolDriver:
    """Runs are worked on by a few threads, whether anybody looks or not.

    A worker holds a lease on its run, renewed while the process lives. Another process that finds the lease lapsed
    knows that the work has stopped, and `RunMachine.current` fails the run.
    """

    poll_after_ms = 100

    def __init__(self, machine: RunMachine) -> None:
        self._machine = machine
        self._slots = threading.Semaphore(WORKERS)
        self._leases = Leases(machine.store)

    def claim(self, run: dict) -> None:
        """Take the lease of a run that is being queued, whoever had it before."""
        self._leases.take(run["id"])

    def start(self, run: dict) -> None:
        """Work on a claimed run."""
        self._begin(run, ignore)

    def seen(self, run: dict) -> dict:
        """The run is being read: it is as far as it is."""
        return self._machine.current(self._machine.latest(run))

    settled = seen

    def stream(self, run: dict, events: list[Event]) -> Iterator[Event | None]:
        """Work on a claimed run and tell its events as they come; None now and then while there are none.

        The worker goes on to the end even if nobody listens any more.
        """
        news: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._begin(run, lambda name, data: news.put((name, copy.deepcopy(data))), lambda: news.put(None))
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

    def _begin(self, run: dict, emit: Emit, done: Callable[[], None] = lambda: None) -> None:
        # Daemon threads: a program that ends does not wait for a model. The lease lapses, and the run is given up.
        threading.Thread(target=self._work, args=(run, emit, done), name=run["id"], daemon=True).start()

    def _work(self, run: dict, emit: Emit, done: Callable[[], None]) -> None:
        try:
            with self._slots:
                self._machine.settle(run, emit)
        except Exception:
            # The run is found abandoned once its lease is gone; nobody else would see why.
            LOG.exception("local_api failed while it worked on run %s", run["id"])
        finally:
            self._leases.give_back(run["id"])
            done()


class Leases:
    """The leases of this process, renewed in the background."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._owners: dict[str, str] = {}
        threading.Thread(target=self._renew, name="leases", daemon=True).start()

    def take(self, id: str) -> None:
        """Hold an object's lease from now on."""
        self._owners[id] = owner = secrets.token_hex(8)
        self._store.lease(id, owner, time.time() + LEASE)

    def give_back(self, id: str) -> None:
        """Let go of an object."""
        self._store.release(id, self._owners.pop(id, ""))

    def _renew(self) -> None:
        while True:
            time.sleep(RENEW_EVERY)
            self._store.renew_leases(list(self._owners.values()), time.time() + LEASE)
