"""Who works on what, for other processes to see: a lease that is renewed as long as its holder lives."""

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


class Leased(Protocol):
    """Knows whether anybody works on something."""

    def lapsed(self, id: str) -> bool:
        """Whether nobody does."""
        ...


class Leases:
    """The leases of this process: as long as it lives, nobody gives up the runs that it works on.

    Args:
        store: where leases are kept, for other processes to see.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
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
        """Who took the lease last, in this process."""
        return self._owners.get(id, "")

    def give_back(self, id: str, owner: str) -> None:
        """Let go of an object, unless it was taken anew since."""
        with self._lock:
            if self._owners.get(id) == owner:
                del self._owners[id]
        self._store.release(id, owner)

    def lapsed(self, id: str) -> bool:
        """Whether nobody works on the object. (This process knows its own work, even after the machine has slept.)"""
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
            except sqlite3.ProgrammingError:  # it has been closed: nobody can find these any more
                return
            except sqlite3.Error:
                LOG.warning("leases could not be renewed; trying again", exc_info=True)
