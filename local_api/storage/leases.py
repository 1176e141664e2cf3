"""Who works on what: a lease in the database, renewed as long as the process that holds it lives.

Several processes may open one database. One that finds a run `in_progress` has to decide whether another process is
working on it or died. A worker therefore takes a lease on its run for `LEASE` seconds, and a thread of its process
extends all of its leases every `RENEW_EVERY` seconds, which leaves room for a renewal or two that come late. Once a
lease has lapsed, any process may end the run. This is the usual lease with a heartbeat: nothing has to be cleaned up
after a crash, and the death of a process is noticed within `LEASE` seconds.

Each `take` creates a new owner. A run may be taken again (its tool outputs were submitted) before the worker of its
previous turn has given the lease back: with the owner, the late `give_back` doesn't touch the new lease.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
import threading
import time
from typing import Protocol

from .store import Store

LOG = logging.getLogger("local_api")
LEASE = 10.0  # seconds for which a silent worker is believed to be alive
RENEW_EVERY = 3.0  # seconds
STALE = 86_400.0  # seconds after which a lapsed lease is deleted; a laptop may sleep for hours and renew it then


class Leased(Protocol):
    """Knows whether anything is being worked on."""

    def lapsed(self, id: str) -> bool:
        """Whether no process works on the object."""
        ...


class Leases:
    """The leases that this process holds.

    Args:
        store: where leases are kept, for other processes to see.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        store.delete_leases(time.time() - STALE)
        self._owners: dict[str, str] = {}
        self._lock = threading.Lock()
        self._renewer: threading.Thread | None = None

    def take(self, id: str) -> None:
        """Hold an object's lease from now on, as a new owner."""
        owner = secrets.token_hex(8)
        self._store.lease(id, owner, time.time() + LEASE)
        with self._lock:
            self._owners[id] = owner
            if self._renewer is None:
                self._renewer = threading.Thread(target=self._renew, name="leases", daemon=True)
                self._renewer.start()

    def owner(self, id: str) -> str:
        """The owner of the lease that this process took last; empty if it holds none."""
        return self._owners.get(id, "")

    def give_back(self, id: str, owner: str) -> None:
        """End an owner's lease on an object; a lease that was taken later stays."""
        with self._lock:
            if self._owners.get(id) == owner:
                del self._owners[id]
        self._store.release(id, owner)

    def lapsed(self, id: str) -> bool:
        """Whether no process works on the object.

        A process trusts what it knows of its own work more than the time in the database, which is over when the
        machine wakes up from sleep.
        """
        return id not in self._owners and self._store.leased_until(id) < time.time()

    def _renew(self) -> None:
        while True:
            time.sleep(RENEW_EVERY)
            with self._lock:
                owners = list(self._owners.values())
                if not owners:
                    self._renewer = None
                    return
            try:
                self._store.renew_leases(owners, time.time() + LEASE)
            except sqlite3.ProgrammingError:  # the store has been closed, so no lease in it matters any more
                return
            except sqlite3.Error:
                LOG.warning("leases could not be renewed; trying again", exc_info=True)
