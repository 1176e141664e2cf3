"""The files of vector stores: added, looked at while they are indexed, counted, changed and removed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from local_api import errors
from local_api.retrieval.search import PassageIndex
from local_api.storage.store import Store

from . import objects as objects
from .indexing import KIND, Indexer, key_of

LOOKS = 10  # looks at a vector store or batch, at most, until all its files are indexed where looking does it
PATIENCE = 60.0  # seconds for which a run waits for files to be indexed, as the old service's did
LOOK_EVERY = 0.05  # seconds between two looks of a run that waits


class StoreFiles:
    """Files in vector stores.

    Args:
        store: where they are kept.
        index: holds their passages.
        indexer: fills the index.
    """

    def __init__(self, store: Store, index: PassageIndex, indexer: Indexer) -> None:
        self._store = store
        self._index = index
        self._indexer = indexer

    def add(self, store_id: str, given: list[dict[str, Any]], now: int, batch_id: str = "") -> list[dict]:
        """Add files to a vector store, in place of themselves if they are in it already.

        Args:
            store_id: the vector store.
            given: for each file its `file_id`, and maybe `attributes` and `chunking_strategy`.
            now: the time.
            batch_id: the batch that they come with.

        Returns:
            The new files, in progress.
        """
        files = {item["file_id"]: objects.store_file(item["file_id"], now, store_id, item) for item in given}
        work = {"worker": self._indexer.worker, "batch_id": batch_id}
        with self._store.transaction():
            for file in files.values():
                if self.get(store_id, file["id"]):
                    self._remove(file)
                self._store.insert(KIND, file, parent=store_id, work=work, key=key_of(file["id"], store_id))
            self._indexer.begin(list(files.values()))
        return list(files.values())

    def get(self, store_id: str, file_id: str) -> dict | None:
        """The file as it is, or None if it is not in this vector store."""
        return self._store.get(KIND, key_of(file_id, store_id), store_id)

    def find(self, store_id: str, file_id: str) -> dict:
        """The file, looked at: it may go on.

        Raises:
            APIError: it is not in this vector store (error 6).
        """
        file = self._stored(store_id, file_id)
        if file["status"] == "in_progress":
            self._indexer.seen([file])
            file = self._stored(store_id, file_id)
        return file

    def look(self, store_id: str, batch_id: str | None = None) -> tuple[dict, int]:
        """Look at the files of a vector store, or of one of its batches: some of them may go on.

        Returns:
            How many there are in each status, and the bytes that they take up.
        """
        counts, usage = self.count(store_id, batch_id)
        if counts["in_progress"]:
            share = math.ceil(counts["total"] / LOOKS)
            self._indexer.seen(self._in_progress(store_id, batch_id, share))
            return self.count(store_id, batch_id)
        return counts, usage

    def count(self, store_id: str, batch_id: str | None = None) -> tuple[dict, int]:
        """The same without a look: nothing goes on."""
        tally = self._store.tally(KIND, store_id, "status", "usage_bytes", _of(batch_id))
        counts = objects.file_counts({status: count for status, (count, _) in tally.items()})
        return counts, sum(usage for _, usage in tally.values())

    def settle(self, store_ids: list[str]) -> None:
        """Have indexed what nobody works on."""
        for id in store_ids:
            self._indexer.seen(self._in_progress(id))

    def wait(self, store_ids: list[str], wanted: Callable[[], bool]) -> None:
        """Wait until everything is indexed, for as long as it is wanted and a run's patience lasts."""
        give_up = time.monotonic() + PATIENCE
        self.settle(store_ids)
        while any(self._in_progress(id, limit=1) for id in store_ids) and time.monotonic() < give_up and wanted():
            time.sleep(LOOK_EVERY)
            self.settle(store_ids)

    def completed(self, store_id: str) -> list[dict]:
        """The files that can be searched."""
        return self._store.page(KIND, store_id, limit=None, match={"status": "completed"}).data

    def set_attributes(self, store_id: str, file_id: str, attributes: dict[str, Any]) -> dict:
        """Give a file other attributes in place of those that it has.

        Raises:
            APIError: it is not in this vector store (error 6).
        """
        with self._store.transaction():
            file = self._stored(store_id, file_id)
            file["attributes"] = attributes
            self._store.put(file, key=key_of(file_id, store_id))
        return file

    def passages(self, file: dict) -> list[str]:
        """The text of a file as it is searched."""
        return [chunk.text for chunk in self._index.passages(file["vector_store_id"], file["id"])]

    def cancel(self, store_id: str, batch_id: str) -> None:
        """Give up the files of a batch that are not indexed yet."""
        with self._store.transaction():
            for file in self._in_progress(store_id, batch_id):
                self._store.put({**file, "status": "cancelled"}, key=key_of(file["id"], store_id))

    def delete(self, store_id: str, file_id: str) -> None:
        """Take a file out of a vector store. The uploaded file stays.

        Raises:
            APIError: it is not in this vector store (error 6).
        """
        self._remove(self._stored(store_id, file_id))

    def forget(self, file_id: str) -> None:
        """Take a file out of all vector stores."""
        for file in self._store.keyed(KIND, key_of(file_id, "")):
            self._remove(file)

    def _stored(self, store_id: str, file_id: str) -> dict:
        file = self.get(store_id, file_id)
        if file is None:
            raise errors.not_in_store(file_id)
        return file

    def _remove(self, file: dict) -> None:
        with self._store.transaction():
            self._index.remove(file["vector_store_id"], file["id"])
            self._store.delete(key_of(file["id"], file["vector_store_id"]))

    def _in_progress(self, store_id: str, batch_id: str | None = None, limit: int | None = None) -> list[dict]:
        match = {"status": "in_progress", **_of(batch_id)}
        return self._store.page(KIND, store_id, limit=limit, order="asc", match=match).data


def _of(batch_id: str | None) -> dict[str, str]:
    return {} if batch_id is None else {"work.batch_id": batch_id}
