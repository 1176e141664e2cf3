"""The indexer of a lasting home: a few threads index files, whether anybody looks or not."""

from __future__ import annotations

import queue
import secrets
import threading

from local_api.storage.leases import Leases

from .indexing import LOG, Indexing, key_of

WORKERS = 2  # files read at once: reading is work for this machine's processor, which others need as well


class PoolIndexer:
    """Indexes files in threads of its own.

    While it works it holds a lease. Where the lease of another process has lapsed, that process is gone, and whoever
    looks at its files begins them anew.

    Args:
        indexing: does the work.
        leases: this process's.
    """

    def __init__(self, indexing: Indexing, leases: Leases) -> None:
        self.worker = f"indexer_{secrets.token_hex(8)}"
        self._indexing = indexing
        self._store = indexing.store
        self._leases = leases
        self._slots = threading.Semaphore(WORKERS)
        self._waiting: queue.SimpleQueue[dict] = queue.SimpleQueue()
        self._unfinished = 0  # changed inside transactions only, which the threads of a process take in turns

    def begin(self, files: list[dict]) -> None:
        """Index them, one after another. (The threads see them once the transaction is over.)"""
        with self._store.transaction():
            if not self._unfinished:
                self._leases.take(self.worker)
            self._unfinished += len(files)
        for file in files:
            self._waiting.put(file)
        # Daemon threads: a program that ends does not wait for them. The lease lapses, and another process goes on.
        for _ in files[:WORKERS]:
            threading.Thread(target=self._work, name=self.worker, daemon=True).start()

    def seen(self, files: list[dict]) -> None:
        """Take over those that nobody works on."""
        left = [file for file in files if self._leases.lapsed(self._work_of(file).get("worker", ""))]
        if left:
            with self._store.transaction():
                for file in left:
                    self._store.put_work(_key(file), {**self._work_of(file), "worker": self.worker})
                self.begin(left)

    def _work_of(self, file: dict) -> dict:
        return self._store.get_work(_key(file))

    def _work(self) -> None:
        with self._slots:
            while True:
                try:
                    file = self._waiting.get_nowait()
                except queue.Empty:
                    return
                self._index(file)

    def _index(self, file: dict) -> None:
        try:
            self._indexing.index(file)
        except Exception:
            # The database, most likely. The lease ends with the work, and the next look begins the file anew.
            LOG.exception("local_api failed while it indexed %s", file["id"])
        finally:
            with self._store.transaction():
                self._unfinished -= 1
                if not self._unfinished:
                    self._leases.give_back(self.worker, self._leases.owner(self.worker))


def _key(file: dict) -> str:
    return key_of(file["id"], file["vector_store_id"])
