"""The files in vector stores: added, indexed, counted and removed, whatever state the vector store itself is in."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from local_api import errors
from local_api.retrieval.documents import SUPPORTED
from local_api.retrieval.search import PassageIndex
from local_api.storage.store import Store

from . import objects
from .files import Files
from .indexing import Indexer
from .member_records import MemberRecords
from .objects import AttributeValue, FileCounts, VectorStoreFile

POLLS = 10  # requests after which all files are indexed, where requests do the indexing
PATIENCE = 60.0  # seconds that a run waits for files to be indexed, as in the old service
WAIT_INTERVAL = 0.05  # seconds between two checks of a run that waits


class Members:
    """Files in vector stores.

    Args:
        store: the database.
        files: the uploaded files. A deleted one leaves all its vector stores.
        index: holds the passages.
        indexer: fills the index.
    """

    def __init__(self, store: Store, files: Files, index: PassageIndex, indexer: Indexer) -> None:
        self.records = MemberRecords(store)
        self._store = store
        self._files = files
        self._index = index
        self._indexer = indexer
        files.on_delete(self._forget)

    def check_type(self, file_id: str) -> None:
        """Check that a file can be searched.

        Raises:
            APIError: its name has an unsupported extension, or it doesn't exist.
        """
        extension = PurePath(self._files.find(file_id)["filename"]).suffix.lower()
        if extension not in SUPPORTED:
            raise errors.unsupported_file(extension)

    def add(
        self, vector_store_id: str, given: Sequence[Mapping[str, Any]], now: int, batch_id: str = ""
    ) -> list[VectorStoreFile]:
        """Add files to a vector store. A file that is in it already is indexed again.

        Args:
            vector_store_id: the vector store.
            given: for each file its `file_id`, and maybe `attributes` and `chunking_strategy`.
            now: the time, in seconds since 1970.
            batch_id: the batch that they are part of.

        Returns:
            The new files, in progress.

        Raises:
            APIError: one of the files doesn't exist.
        """
        for item in given:
            self._files.find(item["file_id"])
        added = {
            item["file_id"]: objects.vector_store_file(item["file_id"], now, vector_store_id, item) for item in given
        }
        with self._store.transaction():
            for file in added.values():
                if self.records.get(vector_store_id, file["id"]):
                    self.remove(file)
                self.records.insert(file, self._indexer.worker, batch_id)
            self._indexer.begin(list(added.values()))
        return list(added.values())

    def advance_file(self, vector_store_id: str, file_id: str) -> VectorStoreFile:
        """The file, after the indexer had its turn.

        Raises:
            APIError: it isn't in this vector store.
        """
        file = self.records.find(vector_store_id, file_id)
        if file["status"] == "in_progress":
            self._indexer.advance([file])
            file = self.records.find(vector_store_id, file_id)
        return file

    def advance(self, vector_store_id: str, batch_id: str | None = None) -> tuple[FileCounts, int]:
        """Give the indexer a turn on some files of a vector store, or of one of its batches.

        Returns:
            How many files there are in each status, and their bytes in all.
        """
        counts, usage = self.records.count(vector_store_id, batch_id)
        if counts["in_progress"]:
            share = math.ceil(counts["total"] / POLLS)
            self._indexer.advance(self.records.in_status(vector_store_id, "in_progress", batch_id, limit=share))
            return self.records.count(vector_store_id, batch_id)
        return counts, usage

    def advance_all(self, vector_store_ids: Iterable[str]) -> None:
        """Give the indexer a turn on every file that is in progress."""
        for vector_store_id in vector_store_ids:
            self._indexer.advance(self.records.in_status(vector_store_id, "in_progress"))

    def wait(self, vector_store_ids: Sequence[str], wanted: Callable[[], bool]) -> None:
        """Wait until everything is indexed, at most `PATIENCE` seconds, and only while `wanted` returns True."""
        deadline = time.monotonic() + PATIENCE
        self.advance_all(vector_store_ids)
        while self._any_in_progress(vector_store_ids) and time.monotonic() < deadline and wanted():
            time.sleep(WAIT_INTERVAL)
            self.advance_all(vector_store_ids)

    def set_attributes(
        self, vector_store_id: str, file_id: str, attributes: dict[str, AttributeValue]
    ) -> VectorStoreFile:
        """Replace a file's attributes.

        Raises:
            APIError: it isn't in this vector store.
        """
        with self._store.transaction():
            file = self.records.find(vector_store_id, file_id)
            file["attributes"] = attributes
            self.records.put(file)
        return file

    def passages(self, file: VectorStoreFile) -> list[str]:
        """The texts of a file's passages, in order."""
        return [chunk.text for chunk in self._index.passages(file["vector_store_id"], file["id"])]

    def cancel(self, vector_store_id: str, batch_id: str) -> None:
        """Cancel the files of a batch that are still in progress."""
        with self._store.transaction():
            for file in self.records.in_status(vector_store_id, "in_progress", batch_id):
                file["status"] = "cancelled"
                self.records.put(file)

    def remove(self, file: VectorStoreFile) -> None:
        """Remove a file from its vector store. The uploaded file stays."""
        with self._store.transaction():
            self._index.remove(file["vector_store_id"], file["id"])
            self.records.delete(file)

    def _forget(self, file_id: str) -> None:
        for file in self.records.of_file(file_id):
            self.remove(file)

    def _any_in_progress(self, vector_store_ids: Iterable[str]) -> bool:
        return any(self.records.in_status(each, "in_progress", limit=1) for each in vector_store_ids)
