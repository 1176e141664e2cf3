"""Vector stores, their files and batches, and what a search finds, as clients see them; the rest is in `objects`."""

from __future__ import annotations

from typing import Any

DAY = 86_400  # seconds
CHUNKS = {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400}  # what `auto` means
COUNTED = ("in_progress", "completed", "failed", "cancelled")


def vector_store(id: str, now: int, given: dict[str, Any]) -> dict:
    """A new vector store, as yet without files."""
    store = {
        "id": id,
        "object": "vector_store",
        "created_at": now,
        "name": given.get("name"),
        "description": given.get("description"),
        "usage_bytes": 0,
        "file_counts": file_counts({}),
        "status": "completed",
        "expires_after": given.get("expires_after"),
        "expires_at": None,
        "last_active_at": now,
        "metadata": given.get("metadata") or {},
    }
    return {**store, "expires_at": expiry(store)}


def expiry(store: dict) -> int | None:
    """When a vector store expires, if it does."""
    after = store["expires_after"]
    return store["last_active_at"] + after["days"] * DAY if after else None


def store_file(id: str, now: int, store_id: str, given: dict[str, Any]) -> dict:
    """A file that is to be in a vector store; its id is the file's own."""
    return {
        "id": id,
        "object": "vector_store.file",
        "usage_bytes": 0,
        "created_at": now,
        "vector_store_id": store_id,
        "status": "in_progress",
        "last_error": None,
        "chunking_strategy": {
            "type": "static",
            "static": (given.get("chunking_strategy") or {}).get("static") or CHUNKS,
        },
        "attributes": given.get("attributes") or {},
    }


def batch(id: str, now: int, store_id: str) -> dict:
    """A new batch of files."""
    return {
        "id": id,
        "object": "vector_store.files_batch",  # as published; the old service sent `vector_store.file_batch`
        "created_at": now,
        "vector_store_id": store_id,
        "status": "in_progress",
        "file_counts": file_counts({}),
    }


def file_counts(by_status: dict[str, int]) -> dict:
    """How many files there are in each status, and in all."""
    counts = {status: by_status.get(status, 0) for status in COUNTED}
    return {**counts, "total": sum(counts.values())}


def search_results(queries: list[str], results: list[dict]) -> dict:
    """The answer to a search. A request can't ask for a second page, so there is none."""
    return {
        "object": "vector_store.search_results.page",
        "search_query": queries,
        "data": results,
        "has_more": False,
        "next_page": None,
    }


def file_content(texts: list[str]) -> dict:
    """The passages of a file."""
    return {
        "object": "vector_store.file_content.page",
        "data": [{"type": "text", "text": text} for text in texts],
        "has_more": False,
        "next_page": None,
    }


def file(id: str, now: int, *, filename: str, bytes: int, purpose: str, expires_at: int | None) -> dict:
    """A file, ready to be used."""
    return {
        "object": "file",
        "id": id,
        "purpose": purpose,
        "filename": filename,
        "bytes": bytes,
        "created_at": now,
        "expires_at": expires_at,
        "status": "processed",
        "status_details": None,
    }
