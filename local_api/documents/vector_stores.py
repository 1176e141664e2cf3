"""Vector stores: made by clients or by attachments, filled with files, searched, used by runs, and gone when unused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from local_api import errors
from local_api.retrieval.documents import SUPPORTED
from local_api.retrieval.search import Hit, PassageIndex
from local_api.storage.clock import Clock
from local_api.storage.ids import Ids
from local_api.storage.store import Store

from . import objects as objects
from .files import USERS, Files
from .filters import matches
from .members import StoreFiles

# Vector stores that are made for a thread go when no run has used them for a week.
THREADS_STORE = {"expires_after": {"anchor": "last_active_at", "days": 7}}


@dataclass(frozen=True)
class Found:
    """A passage that a search has found.

    Args:
        file_id, filename, attributes: the file that it is from.
        text: what it says.
        page: the page on which it begins, from 1.
        position: which of the file's passages it is, as the index counts them.
        score: how well it fits, from 0 to 1.
    """

    file_id: str
    filename: str
    attributes: dict[str, Any]
    text: str
    page: int
    position: int
    score: float

    def result(self) -> dict:
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
        index: where passages are searched.
        members: the vector stores' files.
    """

    def __init__(
        self, store: Store, clock: Clock, ids: Ids, files: Files, index: PassageIndex, members: StoreFiles
    ) -> None:
        self.members = members
        self._store = store
        self._clock = clock
        self._ids = ids
        self._files = files
        self._index = index
        files.on_delete(members.forget)

    # --- vector stores ---

    def create(self, given: dict[str, Any], thread_id: str = "") -> dict:
        """A new vector store, its files in progress. A file that can't be searched will end as `failed`.

        Args:
            given: the checked members of the request.
            thread_id: the thread that it is made for, if any.

        Raises:
            APIError: a file is not there (error 7).
        """
        with self._store.transaction():
            id = self._ids.new("vector_store", thread_id, given)
            now = self._clock.tick(thread_id)
            self._store.insert("vector_store", objects.vector_store(id, now, given))
            chunking = given.get("chunking_strategy")
            self._add(id, _each(given.get("file_ids") or [], chunking_strategy=chunking), now)
            return self.shown(self.find(id), self.members.count(id))

    def find(self, id: str) -> dict:
        """The vector store with this id.

        Raises:
            APIError: there is none (error 6).
        """
        store = self._store.get("vector_store", id)
        if store is None:
            raise errors.not_found("vector_store", id)
        return store

    def usable(self, id: str) -> dict:
        """The vector store with this id. An expired one can be looked at and deleted, but nothing else.

        Raises:
            APIError: there is none (error 6), or it has expired (error 28).
        """
        store = self.find(id)
        if self._has_expired(store):
            raise errors.store_expired(id)
        return store

    def seen(self, store: dict) -> dict:
        """A vector store as clients see it, looked at: some of its files may go on."""
        return self.shown(store, self.members.look(store["id"]))

    def shown(self, store: dict, counted: tuple[dict, int]) -> dict:
        """A vector store as clients see it, with these counts and bytes of its files."""
        counts, usage = counted
        status = "in_progress" if counts["in_progress"] else "completed"
        if self._has_expired(store):
            status = "expired"
        return {**store, "usage_bytes": usage, "file_counts": counts, "status": status}

    def change(self, id: str, given: dict[str, Any]) -> dict:
        """A vector store with these members in place of those that it had.

        Raises:
            APIError: there is none (error 6), or it has expired (error 28).
        """
        with self._store.transaction():
            store = {**self.usable(id), **given}
            store["expires_at"] = objects.expiry(store)
            self._store.put(store)
        return self.seen(store)

    def delete(self, id: str) -> None:
        """Forget a vector store, and take it from everybody who has it. The uploaded files stay."""
        with self._store.transaction():
            for user in self._store.mentioning(id, USERS):
                if id in searched_stores(user["tool_resources"]):
                    user["tool_resources"]["file_search"]["vector_store_ids"].remove(id)
                    self._store.put(user)
            self._index.drop(id)
            self._store.delete(id)

    # --- their files ---

    def add_file(self, id: str, given: dict[str, Any]) -> dict:
        """A file, new in a vector store and in progress.

        Raises:
            APIError: the vector store can't be used (errors 6 and 28), the file is not there (error 7) or of no type
                that can be searched (error 22).
        """
        self._check_type(given["file_id"])
        with self._store.transaction():
            self.usable(id)
            return self._add(id, [given], self._clock.tick())[0]

    def create_batch(self, id: str, given: dict[str, Any]) -> dict:
        """A new batch of files. One that can't be searched will end as `failed`, and the others go on.

        Raises:
            APIError: the vector store can't be used (errors 6 and 28), or a file is not there (error 7).
        """
        shared = {name: given.get(name) for name in ("attributes", "chunking_strategy")}
        files = given.get("files") or _each(given.get("file_ids") or [], **shared)
        if not files:
            raise errors.missing("file_ids")
        # By name, for the SDK's `upload_and_poll` sends the ids in the order in which its uploads happened to end.
        files = sorted(files, key=lambda file: (self._files.find(file["file_id"])["filename"], file["file_id"]))
        with self._store.transaction():
            self.usable(id)
            batch = objects.batch(self._ids.new("batch", id, files), self._clock.tick(), id)
            self._store.insert("batch", batch, parent=id)
            self._add(id, files, batch["created_at"], batch["id"])
            return self._shown_batch(batch, self.members.count(id, batch["id"]))

    def seen_batch(self, batch: dict) -> dict:
        """A batch as clients see it, looked at: some of its files may go on."""
        return self._shown_batch(batch, self.members.look(batch["vector_store_id"], batch["id"]))

    def cancel_batch(self, id: str, batch_id: str) -> dict:
        """A batch whose files are given up, as far as they are not indexed yet.

        Raises:
            APIError: the vector store can't be used (errors 6 and 28), there is no such batch, or it has ended.
        """
        with self._store.transaction():
            self.usable(id)
            batch = self._store.get("batch", batch_id, id)
            if batch is None:
                raise errors.not_found("batch", batch_id)
            before = self._shown_batch(batch, self.members.count(id, batch_id))
            if before["status"] != "in_progress":
                raise errors.cannot_cancel_batch(before["status"])
            self.members.cancel(id, batch_id)
            batch["status"] = "cancelled"
            self._store.put(batch)
            return self._shown_batch(batch, self.members.count(id, batch_id))

    # --- for assistants, threads and their runs ---

    def check(self, tool_resources: dict[str, Any] | None) -> None:
        """Make sure that the vector stores which somebody's file search shall have are there.

        Raises:
            APIError: one is not (error 6), or its id is none (error 16).
        """
        for id in searched_stores(tool_resources):
            errors.check_id("vector_store", id, "tool_resources.file_search.vector_store_ids")
            self.find(id)

    def made_for(self, tool_resources: dict[str, Any] | None, **defaults: Any) -> dict[str, Any] | None:
        """Tool resources in which the vector stores that were to be made with them are made.

        Args:
            tool_resources: as in the request that creates an assistant or a thread.
            defaults: members of the new vector stores, unless told otherwise.

        Raises:
            APIError: a file for them is not there (error 7).
        """
        wanted = (tool_resources or {}).get("file_search") or {}
        if not wanted.get("vector_stores"):
            return tool_resources
        made = [self.create({**defaults, **given})["id"] for given in wanted["vector_stores"]]
        return {**tool_resources, "file_search": {"vector_store_ids": made}}

    def attach(self, thread: dict, file_ids: Iterable[str]) -> dict:
        """The thread's vector store, made if it has none, with these files in it.

        Raises:
            APIError: it has expired (error 28), or a file can't be searched (error 22).
        """
        for file_id in file_ids:
            self._check_type(file_id)
        known = searched_stores(thread["tool_resources"])
        store = self.usable(known[0]) if known else self.create(THREADS_STORE, thread["id"])
        new = [id for id in dict.fromkeys(file_ids) if self.members.get(store["id"], id) is None]
        if new:
            self._add(store["id"], _each(new), self._clock.tick(thread["id"]))
        return store

    def check_alive(self, ids: Iterable[str]) -> None:
        """Make sure that vector stores which somebody would search can be.

        Raises:
            APIError: there is none of this id (error 6), or it has expired (error 28).
        """
        for id in ids:
            if self._has_expired(self.find(id)):
                raise errors.run_on_expired_store(id)

    def touch(self, ids: Iterable[str], now: int) -> None:
        """These vector stores are part of a run, so the time to their expiry starts anew.

        Nothing else counts as activity, as the old service's guide has it: no search through the API, no new file.
        """
        with self._store.transaction():
            for id in ids:
                store = self.find(id)
                store["last_active_at"] = max(now, store["last_active_at"])
                store["expires_at"] = objects.expiry(store)
                self._store.put(store)

    def wait_for(self, ids: list[str], wanted: Callable[[], bool] = lambda: True) -> None:
        """Have the files of vector stores indexed before they are searched; where others do that, wait for a while.

        The old service waited for the thread's vector store only. Whoever did not wait for the assistant's gets
        better answers here.

        Args:
            ids: the vector stores.
            wanted: asked while it waits; False stops it.

        Raises:
            APIError: one is not there any more (error 6), or has expired (error 28).
        """
        self.check_alive(ids)
        self.members.wait(ids, wanted)

    def search(
        self,
        store_ids: list[str],
        queries: list[str],
        *,
        limit: int,
        threshold: float = 0.0,
        filters: dict[str, Any] | None = None,
    ) -> list[Found]:
        """The passages that fit best, best first.

        Args:
            store_ids: where to search.
            queries: what for; a passage that fits one of them well is good.
            limit: how many at most.
            threshold: the lowest score that is good enough, from 0 to 1.
            filters: a checked filter over the files' attributes.
        """
        self.members.settle(store_ids)
        among = None
        if filters is not None:
            files = [file for id in store_ids for file in self.members.completed(id)]
            among = {file["id"] for file in files if matches(filters, file["attributes"])}
        hits = self._index.search(store_ids, queries, limit=limit, threshold=threshold, file_ids=among)
        return [found for hit in hits if (found := self._found(hit, store_ids))]

    # --- parts of the above ---

    def _has_expired(self, store: dict) -> bool:
        return store["expires_at"] is not None and store["expires_at"] <= self._clock.now()

    def _add(self, id: str, given: list[dict[str, Any]], now: int, batch_id: str = "") -> list[dict]:
        for item in given:
            self._files.find(item["file_id"])
        return self.members.add(id, given, now, batch_id)

    def _check_type(self, file_id: str) -> None:
        ending = PurePath(self._files.find(file_id)["filename"]).suffix.lower()
        if ending not in SUPPORTED:
            raise errors.unsupported_file(ending)

    def _shown_batch(self, batch: dict, counted: tuple[dict, int]) -> dict:
        # A batch of which files failed is completed all the same; the counts tell. Files that have left the vector
        # store since are no longer counted.
        counts, _ = counted
        is_done = batch["status"] == "in_progress" and not counts["in_progress"]
        return {**batch, "status": "completed" if is_done else batch["status"], "file_counts": counts}

    def _found(self, hit: Hit, store_ids: list[str]) -> Found | None:
        files = [file for id in store_ids if (file := self.members.get(id, hit.file_id))]
        try:
            filename = self._files.find(hit.file_id)["filename"]
        except errors.APIError:  # deleted or expired in this moment
            return None
        attributes = files[0]["attributes"] if files else {}
        return Found(hit.file_id, filename, attributes, hit.text, hit.page, hit.position, hit.score)


def searched_stores(tool_resources: dict[str, Any] | None) -> list[str]:
    """The ids of the vector stores that these tool resources give to the file search."""
    return ((tool_resources or {}).get("file_search") or {}).get("vector_store_ids") or []


def searched_by(run: dict, assistant: dict | None, thread: dict | None) -> list[str]:
    """The ids of the vector stores of a run: its own or else its assistant's, and its thread's."""
    own, of_assistant, of_thread = (
        searched_stores((it or {}).get("tool_resources")) for it in (run, assistant, thread)
    )
    return list(dict.fromkeys((own or of_assistant) + of_thread))


def _each(file_ids: Iterable[str], **members: Any) -> list[dict[str, Any]]:
    return [{"file_id": id, **members} for id in file_ids]
