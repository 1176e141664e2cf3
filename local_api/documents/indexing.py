"""How a file of a vector store becomes searchable: it is read, split into passages and indexed."""

from __future__ import annotations

import logging
from typing import Protocol

from local_api import errors
from local_api.retrieval.chunks import Chunk, split
from local_api.retrieval.documents import UnreadableDocument, read_document
from local_api.retrieval.search import PassageIndex
from local_api.storage.store import Store

from .files import Files
from .member_records import MemberRecords
from .objects import LastError, VectorStoreFile

LOG = logging.getLogger("local_api")
EMBEDDING = 1024  # bytes that the old service counted for each passage in addition to its text
BUG = "local_api itself failed while it read this file. Please report it with the file."


class Indexing:
    """Indexes files that are `in_progress`.

    Args:
        store: the database with the vector stores' files.
        files: the uploaded files, with their bytes.
        index: receives the passages.
    """

    def __init__(self, store: Store, files: Files, index: PassageIndex) -> None:
        self.store = store
        self._files = files
        self._index = index
        self._records = MemberRecords(store)

    def index(self, file: VectorStoreFile) -> None:
        """Read a vector store's file and index it; its status becomes `completed` or `failed`.

        Reading is slow, so it happens outside of any transaction; a file that is cancelled or deleted meanwhile stays
        so. Two workers may index the same file: both get the same result.
        """
        if self._wanted(file) is None:
            return
        chunks, error = self._read(file)
        with self.store.transaction():
            latest = self._wanted(file)
            if latest is None:
                return
            self._index.add(file["vector_store_id"], file["id"], chunks)
            latest["status"], latest["last_error"] = "failed" if error else "completed", error
            latest["usage_bytes"] = sum(len(chunk.text.encode()) + EMBEDDING for chunk in chunks)
            self._records.put(latest)

    def _wanted(self, file: VectorStoreFile) -> VectorStoreFile | None:
        """The file as it is now, if it is still to be indexed in this way."""
        latest = self._records.get(file["vector_store_id"], file["id"])
        # It may have been added again, with another chunking strategy.
        expected = ("in_progress", file["chunking_strategy"])
        return latest if latest and (latest["status"], latest["chunking_strategy"]) == expected else None

    def _read(self, file: VectorStoreFile) -> tuple[list[Chunk], LastError | None]:
        """The file's passages, or why there are none."""
        sizes = file["chunking_strategy"]["static"]
        try:
            uploaded = self._files.find(file["id"])
            pages = read_document(self._files.bytes_of(uploaded), uploaded["filename"])
            return split(pages, sizes["max_chunk_size_tokens"], sizes["chunk_overlap_tokens"]), None
        except UnreadableDocument as unreadable:
            return [], {"code": unreadable.code, "message": str(unreadable)}
        except errors.APIError as missing:
            self._files.delete_expired()
            return [], {"code": "invalid_file", "message": missing.message}
        except Exception:
            LOG.exception("local_api failed while it read %s", file["id"])
            return [], {"code": "server_error", "message": BUG}


class Indexer(Protocol):
    """Decides when files are indexed, and by whom."""

    worker: str  # recorded with the files that are added

    def begin(self, files: list[VectorStoreFile]) -> None:
        """Take on new files. Called inside the transaction that adds them."""
        ...

    def advance(self, files: list[VectorStoreFile]) -> None:
        """Move on files that are in progress. Called when a client asks for them."""
        ...


class ReadIndexer:
    """Indexes files when a client asks for them, so that a recorded lesson shows the same statuses everywhere."""

    worker = ""

    def __init__(self, indexing: Indexing) -> None:
        self._indexing = indexing

    def begin(self, files: list[VectorStoreFile]) -> None:
        """Do nothing yet."""

    def advance(self, files: list[VectorStoreFile]) -> None:
        """Index all of them."""
        for file in files:
            self._indexing.index(file)
