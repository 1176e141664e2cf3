"""How a file of a vector store becomes searchable: it is read, split and indexed, at once or when somebody looks."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from local_api import errors
from local_api.retrieval.chunks import Chunk, split
from local_api.retrieval.documents import UnreadableDocument, read_document
from local_api.retrieval.search import PassageIndex
from local_api.storage.store import Store

from .files import Files

LOG = logging.getLogger("local_api")
KIND = "store_file"
EMBEDDING = 1024  # bytes that the old service counted for a passage, beside its text
BUG = "local_api itself failed while it read this file. Please report it with the file."


def key_of(file_id: str, store_id: str) -> str:
    """What the store knows a vector store's file by: the file's id alone may be in several vector stores."""
    return f"{file_id}/{store_id}"


class Indexing:
    """Takes files out of `in_progress`.

    Args:
        store: where the vector stores' files are.
        files: the uploaded files, with their bytes.
        index: takes the passages.
    """

    def __init__(self, store: Store, files: Files, index: PassageIndex) -> None:
        self.store = store
        self._files = files
        self._index = index

    def index(self, file: dict) -> None:
        """Read a vector store's file, and let it end as `completed` or `failed`.

        Reading takes its time outside of any transaction; what was cancelled or deleted meanwhile stays so. A second
        worker at the same file would come to the same end, so nothing keeps it away.
        """
        if not self._is_wanted(file):
            return
        outcome, chunks = self._read(file)
        with self.store.transaction():
            if self._is_wanted(file):
                self._index.add(file["vector_store_id"], file["id"], chunks)
                self.store.put({**self._latest(file), **outcome}, key=key_of(file["id"], file["vector_store_id"]))

    def _latest(self, file: dict) -> dict | None:
        return self.store.get(KIND, key_of(file["id"], file["vector_store_id"]), file["vector_store_id"])

    def _is_wanted(self, file: dict) -> bool:
        now = self._latest(file)
        wanted = ("in_progress", file["chunking_strategy"])  # it may have been added anew, to be split otherwise
        return now is not None and (now["status"], now["chunking_strategy"]) == wanted

    def _read(self, file: dict) -> tuple[dict[str, Any], list[Chunk]]:
        """What becomes of the file, and its passages."""
        sizes = file["chunking_strategy"]["static"]
        try:
            name = self._files.find(file["id"])["filename"]
            pages = read_document(self._files.bytes_of(file), name)
            chunks = split(pages, sizes["max_chunk_size_tokens"], sizes["chunk_overlap_tokens"])
        except UnreadableDocument as unreadable:
            return _failed(unreadable.code, str(unreadable)), []
        except errors.APIError as gone:
            return _failed("invalid_file", gone.message), []
        except Exception:
            LOG.exception("local_api failed while it read %s", file["id"])
            return _failed("server_error", BUG), []
        usage = sum(len(chunk.text.encode()) + EMBEDDING for chunk in chunks)
        return {"status": "completed", "usage_bytes": usage}, chunks


def _failed(code: str, message: str) -> dict[str, Any]:
    return {"status": "failed", "last_error": {"code": code, "message": message}}


class Indexer(Protocol):
    """Who indexes files, and when.

    `begin` is called inside the transaction that adds files, `seen` when files in progress are looked at.
    """

    worker: str  # is noted beside the files that it is given

    def begin(self, files: list[dict]) -> None:
        """These files have been added."""
        ...

    def seen(self, files: list[dict]) -> None:
        """These files are in progress, and somebody wants to know of them."""
        ...


class ReadIndexer:
    """Files are indexed when they are looked at, like runs in the same home: the same statuses on every machine."""

    worker = ""

    def __init__(self, indexing: Indexing) -> None:
        self._indexing = indexing

    def begin(self, files: list[dict]) -> None:
        """Nothing to do until somebody looks."""

    def seen(self, files: list[dict]) -> None:
        """Index them all."""
        for file in files:
            self._indexing.index(file)
