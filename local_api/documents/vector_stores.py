"""Vector stores: created by clients or for attachments, searched, used by runs and responses, and expired."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

from local_api import errors
from local_api.bodies.metadata import merged_metadata
from local_api.bodies.queries import PageRequest
from local_api.retrieval.search import Hit, PassageIndex
from local_api.storage.clock import Clock
from local_api.storage.ids import Ids
from local_api.storage.store import Page, Store, UnknownCursor

from . import objects
from .files import OWNERS, Files
from .filters import matches
from .members import Members
from .objects import AttributeValue, FileCounts, SearchResult, SearchResults, VectorStore

# A thread's own vector store expires when no run has used it for a week, as in the old service.
THREAD_DEFAULTS = {"expires_after": {"anchor": "last_active_at", "days": 7}}


@dataclass(frozen=True)
class Found:
    """A passage that a search has found.

    Args:
        file_id, filename, attributes: the file that it is from.
        text: its text.
        page: the page on which it begins, counted from 1.
        position: its place among the file's passages, counted from 0.
        score: how well it matches, from 0 to 1.
    """

    file_id: str
    filename: str
    attributes: dict[str, AttributeValue]
    text: str
    page: int
    position: int
    score: float

    def result(self) -> SearchResult:
        """The passage as clients see it."""
        return {
            "file_id": self.file_id,
            "filename": self.filename,
            "score": self.score,
            "attributes": self.attributes,
            "content": [{"type": "text", "text": self.text}],
        }


class VectorStores:
    """What the API does with vector stores.

    Args:
        store, clock, ids, files: the home's.
        index: searches the passages.
        members: the vector stores' files.
    """

    def __init__(
        self, store: Store, clock: Clock, ids: Ids, files: Files, index: PassageIndex, members: Members
    ) -> None:
        self.members = members
        self._store = store
        self._clock = clock
        self._ids = ids
        self._files = files
        self._index = index

    # --- what clients do with them ---

    def create(self, given: Mapping[str, Any], thread_id: str = "") -> VectorStore:
        """Create a vector store, its files in progress. A file that can't be searched will end as `failed`.

        Args:
            given: a checked `CreateVectorStore` as JSON.
            thread_id: the thread that it is created for, if any.

        Raises:
            APIError: a file doesn't exist.
        """
        with self._store.transaction():
            vector_store_id = self._ids.new("vector_store", thread_id, given)
            now = self._clock.tick(thread_id)
            vector_store = objects.vector_store(vector_store_id, now, given)
            self._store.insert("vector_store", vector_store)
            chunking = given.get("chunking_strategy")
            files = [{"file_id": file_id, "chunking_strategy": chunking} for file_id in given.get("file_ids") or []]
            self.members.add(vector_store_id, files, now)
            return self._shown(vector_store, *self.members.records.count(vector_store_id))

    def find(self, vector_store_id: str, param: str = "vector_store_id") -> VectorStore:
        """The vector store with this id, without the counts of its files.

        Args:
            vector_store_id: the id.
            param: the parameter that the client sent it in.

        Raises:
            APIError: it doesn't exist, or this is an id of something else.
        """
        errors.check_id("vector_store", vector_store_id, param)
        vector_store = cast("VectorStore | None", self._store.get("vector_store", vector_store_id))
        if vector_store is None:
            raise errors.not_found("vector_store", vector_store_id)
        return vector_store

    def usable(self, vector_store_id: str) -> VectorStore:
        """The same, unless it has expired: then it can only be inspected and deleted.

        Raises:
            APIError: it doesn't exist, or has expired.
        """
        vector_store = self.find(vector_store_id)
        if self._has_expired(vector_store):
            raise errors.store_expired(vector_store_id)
        return vector_store

    def retrieve(self, vector_store_id: str) -> VectorStore:
        """The vector store as clients see it.

        Raises:
            APIError: it doesn't exist.
        """
        return self._advanced(self.find(vector_store_id))

    def page(self, request: PageRequest) -> Page:
        """A page of the vector stores.

        Raises:
            APIError: a cursor is not in the list.
        """
        try:
            page = self._store.page("vector_store", **asdict(request))
        except UnknownCursor as unknown:
            raise errors.not_found("vector_store", str(unknown)) from None
        return replace(page, data=[dict(self._advanced(cast("VectorStore", each))) for each in page.data])

    def modify(self, vector_store_id: str, given: Mapping[str, Any]) -> VectorStore:
        """Change a vector store.

        Args:
            vector_store_id: the vector store.
            given: a checked `ModifyVectorStore` as JSON. Metadata is merged.

        Raises:
            APIError: it doesn't exist, has expired, or would have too many metadata.
        """
        with self._store.transaction():
            vector_store = self.usable(vector_store_id)
            if "name" in given:
                vector_store["name"] = given["name"]
            if "metadata" in given:
                vector_store["metadata"] = merged_metadata(vector_store["metadata"], given["metadata"])
            if "expires_after" in given:
                vector_store["expires_after"] = given["expires_after"]
            self._save(vector_store)
        return self._advanced(vector_store)

    def delete(self, vector_store_id: str) -> None:
        """Delete a vector store, and remove it from assistants and threads. The uploaded files stay.

        Raises:
            APIError: it doesn't exist.
        """
        with self._store.transaction():
            self.find(vector_store_id)
            for owner in self._store.mentioning(vector_store_id, OWNERS):
                if vector_store_id in searched_vector_stores(owner["tool_resources"]):
                    owner["tool_resources"]["file_search"]["vector_store_ids"].remove(vector_store_id)
                    self._store.put(owner)
            self._index.drop(vector_store_id)
            self._store.delete(vector_store_id)

    def search_results(
        self,
        vector_store_id: str,
        queries: list[str],
        *,
        limit: int,
        threshold: float,
        filters: Mapping[str, Any] | None,
    ) -> SearchResults:
        """The answer to a client's search. The arguments are as in `search`.

        Raises:
            APIError: the vector store doesn't exist, or has expired.
        """
        self.usable(vector_store_id)
        found = self.search([vector_store_id], queries, limit=limit, threshold=threshold, filters=filters)
        return objects.search_results(queries, [passage.result() for passage in found])

    # --- for assistants, threads, runs and responses ---

    def check(self, tool_resources: Mapping[str, Any] | None) -> None:
        """Check that the vector stores for a file search exist.

        Raises:
            APIError: one of them doesn't, or its id isn't one of a vector store.
        """
        for vector_store_id in searched_vector_stores(tool_resources):
            self.find(vector_store_id, "tool_resources.file_search.vector_store_ids")

    def made_for(self, tool_resources: dict[str, Any] | None, **defaults: Any) -> dict[str, Any] | None:
        """Create the vector stores that an assistant or a thread is to be created with.

        Args:
            tool_resources: as in the request that creates the assistant or thread.
            defaults: members of the new vector stores that the request may override.

        Returns:
            The tool resources, with ids in place of the vector stores to be created.

        Raises:
            APIError: a file doesn't exist.
        """
        wanted = (tool_resources or {}).get("file_search") or {}
        if not wanted.get("vector_stores"):
            return tool_resources
        created = [self.create({**defaults, **given})["id"] for given in wanted["vector_stores"]]
        return {**(tool_resources or {}), "file_search": {"vector_store_ids": created}}

    def attach(self, thread: Mapping[str, Any], file_ids: Sequence[str]) -> VectorStore:
        """Add files to the thread's vector store, which is created if the thread has none.

        Raises:
            APIError: it has expired, or a file can't be searched.
        """
        for file_id in file_ids:
            self.members.check_type(file_id)
        known = searched_vector_stores(thread["tool_resources"])
        vector_store = self.usable(known[0]) if known else self.create(THREAD_DEFAULTS, thread["id"])
        present = self.members.records.get
        new = [each for each in dict.fromkeys(file_ids) if present(vector_store["id"], each) is None]
        if new:
            now = self._clock.tick(thread["id"])
            self.members.add(vector_store["id"], [{"file_id": file_id} for file_id in new], now)
        return vector_store

    def check_alive(self, vector_store_ids: Iterable[str]) -> None:
        """Check that a run or response can search these vector stores.

        Raises:
            APIError: one of them doesn't exist, or has expired.
        """
        for vector_store_id in vector_store_ids:
            if self._has_expired(self.find(vector_store_id)):
                raise errors.run_on_expired_store(vector_store_id)

    def touch(self, vector_store_ids: Iterable[str], now: int) -> None:
        """Postpone the expiry of vector stores that a run or response uses.

        Nothing else counts as activity, neither a search through the API nor a new file: the old service's guide
        names runs only. Conversations in a recorded lesson have their own clocks, so `now` may be earlier than the
        last activity.
        """
        with self._store.transaction():
            for vector_store_id in vector_store_ids:
                vector_store = self.find(vector_store_id)
                vector_store["last_active_at"] = max(now, vector_store["last_active_at"])
                self._save(vector_store)

    def wait_for(self, vector_store_ids: Sequence[str], wanted: Callable[[], bool] = lambda: True) -> None:
        """Have the files of vector stores indexed before they are searched; if others index them, wait for a while.

        The old service waited only for the thread's vector store. Waiting for the assistant's too gives better
        answers to callers that didn't wait themselves.

        Args:
            vector_store_ids: the vector stores.
            wanted: called while waiting; False ends it.

        Raises:
            APIError: one of them doesn't exist any more, or has expired.
        """
        self.check_alive(vector_store_ids)
        self.members.wait(vector_store_ids, wanted)

    def search(
        self,
        vector_store_ids: list[str],
        queries: list[str],
        *,
        limit: int,
        threshold: float = 0.0,
        filters: Mapping[str, Any] | None = None,
    ) -> list[Found]:
        """Find the passages that match best, best first.

        Args:
            vector_store_ids: where to search.
            queries: what to search for; a passage needs to match only one of them.
            limit: the maximum number of passages.
            threshold: the lowest score, from 0 to 1.
            filters: a checked filter over the files' attributes.
        """
        self.members.advance_all(vector_store_ids)
        file_ids = None if filters is None else self._matching(vector_store_ids, filters)
        hits = self._index.search(vector_store_ids, queries, limit=limit, threshold=threshold, file_ids=file_ids)
        found = [self._found(hit, vector_store_ids) for hit in hits]
        if None in found:
            self._files.delete_expired()
        return [passage for passage in found if passage]

    # --- parts of the above ---

    def _advanced(self, vector_store: VectorStore) -> VectorStore:
        return self._shown(vector_store, *self.members.advance(vector_store["id"]))

    def _shown(self, vector_store: VectorStore, counts: FileCounts, usage_bytes: int) -> VectorStore:
        shown = vector_store.copy()
        shown["file_counts"], shown["usage_bytes"] = counts, usage_bytes
        shown["status"] = "in_progress" if counts["in_progress"] else "completed"
        if self._has_expired(vector_store):
            shown["status"] = "expired"
        return shown

    def _has_expired(self, vector_store: VectorStore) -> bool:
        return vector_store["expires_at"] is not None and vector_store["expires_at"] <= self._clock.now()

    def _save(self, vector_store: VectorStore) -> None:
        vector_store["expires_at"] = objects.expiry(vector_store["expires_after"], vector_store["last_active_at"])
        self._store.put(vector_store)

    def _matching(self, vector_store_ids: Iterable[str], filters: Mapping[str, Any]) -> set[str]:
        """The ids of the files whose attributes pass these filters."""
        files = (file for each in vector_store_ids for file in self.members.records.in_status(each, "completed"))
        return {file["id"] for file in files if matches(filters, file["attributes"])}

    def _found(self, hit: Hit, vector_store_ids: Collection[str]) -> Found | None:
        try:
            filename = self._files.find(hit.file_id)["filename"]
        except errors.APIError:  # deleted or expired since it was indexed
            return None
        entries = (self.members.records.get(each, hit.file_id) for each in vector_store_ids)
        attributes = next((entry["attributes"] for entry in entries if entry), {})
        return Found(hit.file_id, filename, attributes, hit.text, hit.page, hit.position, hit.score)


def searched_vector_stores(tool_resources: Mapping[str, Any] | None) -> list[str]:
    """The ids of the vector stores that these tool resources give to the file search."""
    return ((tool_resources or {}).get("file_search") or {}).get("vector_store_ids") or []


def searched_by(
    run: Mapping[str, Any], assistant: Mapping[str, Any] | None, thread: Mapping[str, Any] | None
) -> list[str]:
    """The ids of the vector stores that a run searches: its own or else its assistant's, and its thread's."""
    own, of_assistant, of_thread = (
        searched_vector_stores((each or {}).get("tool_resources")) for each in (run, assistant, thread)
    )
    return list(dict.fromkeys((own or of_assistant) + of_thread))
