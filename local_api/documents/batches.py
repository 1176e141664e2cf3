"""What the API does with batches: files that are added to a vector store together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from local_api import errors
from local_api.bodies.queries import PageRequest
from local_api.storage.clock import Clock
from local_api.storage.ids import Ids
from local_api.storage.store import Page, Store

from . import objects
from .files import Files
from .objects import Batch, FileCounts, FileStatus
from .vector_stores import VectorStores


class Batches:
    """Batches of files. Every method raises an APIError if the vector store or the batch doesn't exist.

    Args:
        store, clock, ids, files: the home's.
        vector_stores: where the files are added.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids, files: Files, vector_stores: VectorStores) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._files = files
        self._vector_stores = vector_stores
        self._members = vector_stores.members

    def create(self, vector_store_id: str, given: Mapping[str, Any]) -> Batch:
        """Add files to a vector store. One that can't be searched ends as `failed`, and the others are indexed.

        Args:
            given: a checked `CreateBatch` as JSON.

        Raises:
            APIError: the vector store has expired, or a file doesn't exist.
        """
        with self._store.transaction():
            self._vector_stores.usable(vector_store_id)
            files = self._by_name(_files_of(given))
            batch = objects.batch(self._ids.new("batch", vector_store_id, files), self._clock.tick(), vector_store_id)
            self._store.insert("batch", batch, parent=vector_store_id)
            self._members.add(vector_store_id, files, batch["created_at"], batch["id"])
            return self._counted(batch)

    def retrieve(self, vector_store_id: str, batch_id: str) -> Batch:
        """A batch."""
        batch = self._find(vector_store_id, batch_id)
        counts, _ = self._members.advance(vector_store_id, batch_id)
        return _shown(batch, counts)

    def page_files(
        self, vector_store_id: str, batch_id: str, request: PageRequest, status: FileStatus | None = None
    ) -> Page:
        """A page of the files of a batch, or of those with this status.

        Raises:
            APIError: a cursor is not in the list.
        """
        self.retrieve(vector_store_id, batch_id)
        return self._members.records.page(vector_store_id, request, status, batch_id)

    def cancel(self, vector_store_id: str, batch_id: str) -> Batch:
        """Cancel the files of a batch that aren't indexed yet.

        Raises:
            APIError: the vector store has expired, or the batch has ended.
        """
        with self._store.transaction():
            batch = self._find(vector_store_id, batch_id)
            self._vector_stores.usable(vector_store_id)
            before = self._counted(batch)
            if before["status"] != "in_progress":
                raise errors.cannot_cancel_batch(before["status"])
            self._members.cancel(vector_store_id, batch_id)
            batch["status"] = "cancelled"
            self._store.put(batch)
            return self._counted(batch)

    def _find(self, vector_store_id: str, batch_id: str) -> Batch:
        self._vector_stores.find(vector_store_id)
        errors.check_id("batch", batch_id, "batch_id")
        batch = cast("Batch | None", self._store.get("batch", batch_id, vector_store_id))
        if batch is None:
            raise errors.not_found("batch", batch_id)
        return batch

    def _counted(self, batch: Batch) -> Batch:
        counts, _ = self._members.records.count(batch["vector_store_id"], batch["id"])
        return _shown(batch, counts)

    def _by_name(self, files: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        # The SDK's `upload_and_poll` sends the ids in the order in which its parallel uploads happened to end.
        return sorted(files, key=lambda file: (self._files.find(file["file_id"])["filename"], file["file_id"]))


def _files_of(given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    shared = {name: given.get(name) for name in ("attributes", "chunking_strategy")}
    files = given.get("files") or [{"file_id": file_id, **shared} for file_id in given.get("file_ids") or []]
    if not files:
        raise errors.missing("file_ids")
    return list(files)


def _shown(batch: Batch, counts: FileCounts) -> Batch:
    """A batch as clients see it. It is completed even if files failed, and counts no file that was removed since."""
    shown = batch.copy()
    shown["file_counts"] = counts
    if batch["status"] == "in_progress" and not counts["in_progress"]:
        shown["status"] = "completed"
    return shown
