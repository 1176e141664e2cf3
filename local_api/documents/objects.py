"""Files, vector stores and batches as clients see them: their types, and how new ones begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

DAY = 86_400  # seconds
DEFAULT_CHUNKS: StaticChunks = {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400}  # what `auto` means

AttributeValue = str | float | bool
FileStatus = Literal["in_progress", "completed", "failed", "cancelled"]


class File(TypedDict):
    object: Literal["file"]
    id: str
    purpose: str
    filename: str
    bytes: int
    created_at: int
    expires_at: int | None
    status: Literal["processed"]
    status_details: None


class FileCounts(TypedDict):
    in_progress: int
    completed: int
    failed: int
    cancelled: int
    total: int


class ExpiresAfter(TypedDict):
    anchor: Literal["last_active_at"]
    days: int


class VectorStore(TypedDict):
    id: str
    object: Literal["vector_store"]
    created_at: int
    name: str | None
    description: str | None
    usage_bytes: int
    file_counts: FileCounts
    status: Literal["in_progress", "completed", "expired"]
    expires_after: ExpiresAfter | None
    expires_at: int | None
    last_active_at: int
    metadata: dict[str, str]


class StaticChunks(TypedDict):
    max_chunk_size_tokens: int
    chunk_overlap_tokens: int


class StaticChunking(TypedDict):
    type: Literal["static"]
    static: StaticChunks


class LastError(TypedDict):
    code: Literal["server_error", "unsupported_file", "invalid_file"]
    message: str


class VectorStoreFile(TypedDict):
    id: str
    object: Literal["vector_store.file"]
    usage_bytes: int
    created_at: int
    vector_store_id: str
    status: FileStatus
    last_error: LastError | None
    chunking_strategy: StaticChunking
    attributes: dict[str, AttributeValue]


class Batch(TypedDict):
    id: str
    object: Literal["vector_store.files_batch"]
    created_at: int
    vector_store_id: str
    status: Literal["in_progress", "completed", "cancelled"]
    file_counts: FileCounts


class TextContent(TypedDict):
    type: Literal["text"]
    text: str


class SearchResult(TypedDict):
    file_id: str
    filename: str
    score: float
    attributes: dict[str, AttributeValue]
    content: list[TextContent]


class SearchResults(TypedDict):
    object: Literal["vector_store.search_results.page"]
    search_query: list[str]
    data: list[SearchResult]
    has_more: bool
    next_page: None


class FileContent(TypedDict):
    object: Literal["vector_store.file_content.page"]
    data: list[TextContent]
    has_more: bool
    next_page: None


def file(file_id: str, now: int, *, filename: str, size: int, purpose: str, expires_at: int | None) -> File:
    """A file, ready to be used; its size is in bytes."""
    return {
        "object": "file",
        "id": file_id,
        "purpose": purpose,
        "filename": filename,
        "bytes": size,
        "created_at": now,
        "expires_at": expires_at,
        "status": "processed",
        "status_details": None,
    }


def vector_store(vector_store_id: str, now: int, given: Mapping[str, Any]) -> VectorStore:
    """A new vector store without files."""
    expires_after = given.get("expires_after")
    return {
        "id": vector_store_id,
        "object": "vector_store",
        "created_at": now,
        "name": given.get("name"),
        "description": given.get("description"),
        "usage_bytes": 0,
        "file_counts": file_counts({}),
        "status": "completed",
        "expires_after": expires_after,
        "expires_at": expiry(expires_after, now),
        "last_active_at": now,
        "metadata": given.get("metadata") or {},
    }


def expiry(expires_after: ExpiresAfter | None, last_active_at: int) -> int | None:
    """When a vector store expires, if it does."""
    return last_active_at + expires_after["days"] * DAY if expires_after else None


def vector_store_file(file_id: str, now: int, vector_store_id: str, given: Mapping[str, Any]) -> VectorStoreFile:
    """A file that is being added to a vector store; it has the id of the uploaded file."""
    return {
        "id": file_id,
        "object": "vector_store.file",
        "usage_bytes": 0,
        "created_at": now,
        "vector_store_id": vector_store_id,
        "status": "in_progress",
        "last_error": None,
        "chunking_strategy": {
            "type": "static",
            "static": (given.get("chunking_strategy") or {}).get("static") or DEFAULT_CHUNKS,
        },
        "attributes": given.get("attributes") or {},
    }


def batch(batch_id: str, now: int, vector_store_id: str) -> Batch:
    """A new batch of files."""
    return {
        "id": batch_id,
        "object": "vector_store.files_batch",  # as published; the old service sent `vector_store.file_batch`
        "created_at": now,
        "vector_store_id": vector_store_id,
        "status": "in_progress",
        "file_counts": file_counts({}),
    }


def file_counts(by_status: Mapping[str, int]) -> FileCounts:
    """How many files there are in each status, and in all."""
    return {
        "in_progress": by_status.get("in_progress", 0),
        "completed": by_status.get("completed", 0),
        "failed": by_status.get("failed", 0),
        "cancelled": by_status.get("cancelled", 0),
        "total": sum(by_status.values()),
    }


def search_results(queries: list[str], results: list[SearchResult]) -> SearchResults:
    """The answer to a search. A request can't ask for a second page, so there is none."""
    return {
        "object": "vector_store.search_results.page",
        "search_query": queries,
        "data": results,
        "has_more": False,
        "next_page": None,
    }


def file_content(texts: list[str]) -> FileContent:
    """The passages of a file."""
    return {
        "object": "vector_store.file_content.page",
        "data": [{"type": "text", "text": text} for text in texts],
        "has_more": False,
        "next_page": None,
    }
