"""The indexer of a lasting home: a few threads index files in the background."""

from __future__ import annotations

import queue
import secrets
import sqlite3
import threading

from local_api.storage.leases import Leases

from .indexing import LOG, Indexing
from .member_records import MemberRecords
from .objects import VectorStoreFile

WORKERS = 2  # files read at once: reading keeps a processor core busy, and other work needs the cores too


class PoolIndexer:
    """Indexes files in threads of its own.

    It holds a lease while it works. If the lease of another process has lapsed, that process is gone, and the process
    whose client next asks for its files indexes them instead.

    Args:
        indexing: does the work.
        leases: this process's leases.
    """

    def __init__(self, indexing: Indexing, leases: Leases) -> None:
        self.worker = f"indexer_{secrets.token_hex(8)}"
        self._indexing = indexing
        self._store = indexing.store
        self._records = MemberRecords(indexing.store)
        self._leases = leases
        self._slots = threading.Semaphore(WORKERS)
        self._waiting: queue.SimpleQueue[VectorStoreFile] = queue.SimpleQueue()
        self._unfinished = 0
        self._counting = threading.Lock()  # may be taken inside a transaction, so no transaction begins inside it

    def begin(self, files: list[VectorStoreFile]) -> None:
        """Index files in the background. The threads see them once the transaction has ended."""
        with self._store.transaction(), self._counting:
            if not self._unfinished:
                self._leases.take(self.worker)
            self._unfinished += len(files)
        for file in files:
            self._waiting.put(file)
        # Daemon threads: a program that ends doesn't wait for them. The lease lapses, and another process continues.
        for _ in files[:WORKERS]:
            threading.Thread(target=self._work, name=self.worker, daemon=True).start()

    def advance(self, files: list[VectorStoreFile]) -> None:
        """Take over the files whose worker is gone."""
        orphaned = [file for file in files if self._leases.lapsed(self._records.worker_of(file))]
        if orphaned:
            with self._store.transaction():
                for file in orphaned:
                    self._records.set_worker(file, self.worker)
                self.begin(orphaned)

    def _work(self) -> None:
        with self._slots:
            while True:
                try:
                    file = self._waiting.get_nowait()
                except queue.Empty:
                    return
                self._index(file)

    def _index(self, file: VectorStoreFile) -> None:
        try:
            self._indexing.index(file)
        except Exception:
            # Most likely the database. The lease ends with the work, and the next request for the file retries it.
            LOG.exception("local_api failed while it indexed %s", file["id"])
        finally:
            self._finish_one()

    def _finish_one(self) -> None:
        with self._counting:
            self._unfinished -= 1
            owner = "" if self._unfinished else self._leases.owner(self.worker)
        if owner:
            try:
                self._leases.give_back(self.worker, owner)
            except sqlite3.Error:
                LOG.warning("a lease could not be given back; it will lapse", exc_info=True)
