"""Threads and their messages: created, changed and deleted by clients."""

from __future__ import annotations

from typing import Any

from local_api import errors
from local_api.bodies.metadata import merged_metadata
from local_api.bodies.queries import PageRequest
from local_api.bodies.threads import ModifyThread
from local_api.bodies.translate import check
from local_api.documents.files import Files, code_files
from local_api.documents.vector_stores import THREAD_DEFAULTS, VectorStores
from local_api.engine.drivers import Driver
from local_api.storage.clock import Clock
from local_api.storage.ids import Ids
from local_api.storage.store import Page, Store

from . import objects
from .objects import Message, Run, Thread
from .records import Records
from .run_machine import RunMachine


class Threads:
    """What the API does with threads and messages.

    Args:
        store, clock, ids, files, vector_stores: the home's.
        machine: knows which run locks a thread.
        driver: advances that run when the thread is read.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        *,
        files: Files,
        vector_stores: VectorStores,
        machine: RunMachine,
        driver: Driver[Run],
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._files = files
        self._vector_stores = vector_stores
        self._machine = machine
        self._driver = driver
        self._threads = Records[Thread](store, "thread")
        self._messages = Records[Message](store, "message")

    def create(self, given: dict[str, Any]) -> Thread:
        """Create a thread, with its first messages and the vector stores that it names by their contents.

        Args:
            given: a checked `CreateThread` as JSON.

        Raises:
            APIError: a file or a vector store in its tool resources or messages doesn't exist.
        """
        self._check(given)
        with self._store.transaction():
            thread_id = self._ids.new("thread", "", given)
            resources = self._vector_stores.made_for(given.get("tool_resources"), **THREAD_DEFAULTS)
            thread = objects.thread(thread_id, self._clock.tick(), {**given, "tool_resources": resources})
            self._store.insert("thread", thread)
            self._clock.begin(thread_id, thread["created_at"])
            for message in given.get("messages") or []:
                self.add_message(thread_id, message)
            return self.find(thread_id)

    def find(self, thread_id: str) -> Thread:
        """The thread with this id.

        Raises:
            APIError: it doesn't exist.
        """
        return self._threads.find(thread_id)

    def modify(self, thread_id: str, given: dict[str, Any]) -> Thread:
        """Change a thread.

        Args:
            thread_id: the thread.
            given: a checked `ModifyThread` as JSON. Metadata is merged.

        Raises:
            APIError: it, a file or a vector store doesn't exist, or it would have too many metadata.
        """
        self._check(given)
        with self._store.transaction():
            thread = self.find(thread_id)
            if "metadata" in given:
                thread["metadata"] = merged_metadata(thread["metadata"], given["metadata"])
            if "tool_resources" in given:
                thread["tool_resources"] = objects.filled_resources(given["tool_resources"])
            self._store.put(thread)
        return thread

    def delete(self, thread_id: str) -> None:
        """Delete a thread with its messages and runs.

        Raises:
            APIError: it doesn't exist.
        """
        with self._store.transaction():
            self.find(thread_id)
            self._store.delete(thread_id)
        self._machine.toolbox.forget(thread_id)

    # --- messages ---

    def create_message(self, thread_id: str, given: dict[str, Any]) -> Message:
        """Create a message in a thread that no run locks.

        Args:
            thread_id: the thread.
            given: a checked `CreateMessage` as JSON.

        Raises:
            APIError: the thread or a file doesn't exist, or a run is active on the thread.
        """
        with self._store.transaction():
            self.find(thread_id)
            active = self._machine.active(thread_id)
            if not active:
                return self.add_message(thread_id, given)
        # In a recorded lesson a run advances only when it is read, and a client that retries waits for just this.
        self._driver.advance(active)
        raise errors.thread_locked(thread_id, active["id"])

    def add_message(self, thread_id: str, given: dict[str, Any]) -> Message:
        """The same without a look at the lock, for verbs that have their own. Call it inside a transaction."""
        self._take_attachments(thread_id, given)
        message_id = self._ids.new("message", thread_id, given)
        message = objects.user_message(message_id, self._clock.tick(thread_id), thread_id, given)
        self._store.insert("message", message, parent=thread_id)
        return message

    def find_message(self, thread_id: str, message_id: str) -> Message:
        """The message with this id.

        Raises:
            APIError: the thread or the message doesn't exist.
        """
        self.find(thread_id)
        return self._messages.find(message_id, thread_id)

    def page_messages(self, thread_id: str, request: PageRequest, run_id: str | None = None) -> Page:
        """A page of the messages, or of those of one run. In a recorded lesson, the active run is worked on first.

        Raises:
            APIError: the thread doesn't exist, or a cursor is not in the list.
        """
        self.find(thread_id)
        active = self._machine.active(thread_id)
        if active:
            self._driver.settle(active)
        return self._messages.page(request, thread_id, {"run_id": run_id} if run_id else None)

    def modify_message(self, thread_id: str, message_id: str, given: dict[str, Any]) -> Message:
        """Change a message's metadata.

        Args:
            thread_id, message_id: the message.
            given: a checked `MetadataOnly` as JSON, to be merged.

        Raises:
            APIError: the thread or the message doesn't exist, or it would have too many metadata.
        """
        with self._store.transaction():
            message = self.find_message(thread_id, message_id)
            if "metadata" in given:
                message["metadata"] = merged_metadata(message["metadata"], given["metadata"])
            self._store.put(message)
        return message

    def delete_message(self, thread_id: str, message_id: str) -> None:
        """Delete a message.

        Raises:
            APIError: the thread or the message doesn't exist.
        """
        with self._store.transaction():
            self.find_message(thread_id, message_id)
            self._store.delete(message_id)

    def _check(self, given: dict[str, Any]) -> None:
        self._files.check(given.get("tool_resources"))
        self._vector_stores.check(given.get("tool_resources"))

    def _take_attachments(self, thread_id: str, given: dict[str, Any]) -> None:
        """Give a message's files to the thread's tools."""
        for file_id in named_files(given):
            self._files.find(file_id)
        for_code, for_search = attached_to(given, "code_interpreter"), attached_to(given, "file_search")
        if not for_code and not for_search:
            return
        thread = self.find(thread_id)
        resources = thread["tool_resources"]
        if for_code:
            file_ids = list(dict.fromkeys(code_files(resources) + for_code))
            resources["code_interpreter"] = {"file_ids": file_ids}
            check(ModifyThread, {"tool_resources": resources})  # too many files together are refused
        if for_search:
            vector_store = self._vector_stores.attach(thread, for_search)
            resources["file_search"] = {"vector_store_ids": [vector_store["id"]]}
        self._store.put(thread)


def attached_to(message: dict[str, Any], tool: str) -> list[str]:
    """The ids of the files that a message attaches for a tool."""
    attachments = message.get("attachments") or []
    return [item["file_id"] for item in attachments if {"type": tool} in item["tools"]]


def named_files(message: dict[str, Any]) -> list[str]:
    """The ids of the files that a message attaches or shows."""
    parts = message["content"] if isinstance(message["content"], list) else []
    shown = [part["image_file"]["file_id"] for part in parts if part["type"] == "image_file"]
    return shown + [item["file_id"] for item in message.get("attachments") or []]
