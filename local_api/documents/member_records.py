"""The files of vector stores as the database keeps them; the only place that knows their keys."""

from __future__ import annotations

from typing import cast

from local_api import errors
from local_api.bodies.queries import PageRequest
from local_api.storage.store import Page, Store, UnknownCursor

from .objects import FileCounts, FileStatus, VectorStoreFile, file_counts

KIND = "store_file"


class MemberRecords:
    """One record for each vector store and each file in it: a file may be in several vector stores.

    Beside a file, its record keeps the worker that indexes it and the batch that it came with.

    Args:
        store: the database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def insert(self, file: VectorStoreFile, worker: str, batch_id: str) -> None:
        """Add a file to its vector store."""
        vector_store_id = file["vector_store_id"]
        work = {"worker": worker, "batch_id": batch_id}
        self._store.insert(KIND, file, parent=vector_store_id, work=work, key=_key(file["id"], vector_store_id))

    def get(self, vector_store_id: str, file_id: str) -> VectorStoreFile | None:
        """The file, or None if it isn't in this vector store."""
        found = self._store.get(KIND, _key(file_id, vector_store_id), vector_store_id)
        return cast("VectorStoreFile | None", found)

    def find(self, vector_store_id: str, file_id: str) -> VectorStoreFile:
        """The file.

        Raises:
            APIError: it isn't in this vector store.
        """
        file = self.get(vector_store_id, file_id)
        if file is None:
            raise errors.not_in_store(file_id)
        return file

    def put(self, file: VectorStoreFile) -> None:
        """Save a changed file."""
        self._store.put(file, key=_key(file["id"], file["vector_store_id"]))

    def delete(self, file: VectorStoreFile) -> None:
        """Delete the record; the uploaded file stays."""
        self._store.delete(_key(file["id"], file["vector_store_id"]))

    def of_file(self, file_id: str) -> list[VectorStoreFile]:
        """This file's entries in all vector stores."""
        return cast("list[VectorStoreFile]", self._store.keyed(KIND, _key(file_id, "")))

    def in_status(
        self, vector_store_id: str, status: FileStatus, batch_id: str | None = None, limit: int | None = None
    ) -> list[VectorStoreFile]:
        """The files of a vector store, or of one of its batches, with this status, oldest first."""
        match = {"status": status, **_of(batch_id)}
        page = self._store.page(KIND, vector_store_id, limit=limit, order="asc", match=match)
        return cast("list[VectorStoreFile]", page.data)

    def page(
        self, vector_store_id: str, request: PageRequest, status: FileStatus | None, batch_id: str | None = None
    ) -> Page:
        """A page of the files of a vector store, or of one of its batches.

        Raises:
            APIError: a cursor is not in the list.
        """
        match = _of(batch_id)
        if status:
            match["status"] = status
        after, before = (cursor and _key(cursor, vector_store_id) for cursor in (request.after, request.before))
        try:
            return self._store.page(
                KIND, vector_store_id, limit=request.limit, order=request.order, after=after, before=before, match=match
            )
        except UnknownCursor as unknown:
            raise errors.not_in_store(_file_id(str(unknown))) from None

    def count(self, vector_store_id: str, batch_id: str | None = None) -> tuple[FileCounts, int]:
        """How many files of a vector store, or of one of its batches, are in each status, and their bytes in all."""
        tally = self._store.tally(KIND, vector_store_id, "status", "usage_bytes", _of(batch_id))
        counts = file_counts({status: count for status, (count, _) in tally.items()})
        return counts, sum(usage for _, usage in tally.values())

    def worker_of(self, file: VectorStoreFile) -> str:
        """The worker that indexes the file; empty if it isn't in the vector store any more."""
        return str(self._store.get_work(_key(file["id"], file["vector_store_id"])).get("worker", ""))

    def set_worker(self, file: VectorStoreFile, worker: str) -> None:
        """Record which worker indexes the file."""
        key = _key(file["id"], file["vector_store_id"])
        self._store.put_work(key, {**self._store.get_work(key), "worker": worker})


def _key(file_id: str, vector_store_id: str) -> str:
    return f"{file_id}/{vector_store_id}"


def _file_id(key: str) -> str:
    return key.partition("/")[0]


def _of(batch_id: str | None) -> dict[str, str]:
    return {} if batch_id is None else {"work.batch_id": batch_id}
