"""Assistants: created, changed and deleted by clients."""

from __future__ import annotations

from typing import Any

from local_api.bodies.metadata import merged_metadata
from local_api.bodies.queries import PageRequest
from local_api.documents.files import Files
from local_api.documents.vector_stores import VectorStores
from local_api.storage.clock import Clock
from local_api.storage.ids import Ids
from local_api.storage.store import Page, Store

from . import objects
from .objects import Assistant
from .records import Records


class Assistants:
    """What the API does with assistants.

    Args:
        store, clock, ids, files, vector_stores: the home's.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids, files: Files, vector_stores: VectorStores) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._files = files
        self._vector_stores = vector_stores
        self._records = Records[Assistant](store, "assistant")

    def create(self, given: dict[str, Any]) -> Assistant:
        """Create an assistant, with the vector stores that it names by their contents.

        Args:
            given: a checked `CreateAssistant` as JSON.

        Raises:
            APIError: a file or a vector store in its tool resources doesn't exist.
        """
        self._check(given)
        with self._store.transaction():
            assistant_id = self._ids.new("assistant", "", given)
            resources = self._vector_stores.made_for(given.get("tool_resources"))
            assistant = objects.assistant(assistant_id, self._clock.tick(), {**given, "tool_resources": resources})
            self._store.insert("assistant", assistant)
        return assistant

    def find(self, assistant_id: str) -> Assistant:
        """The assistant with this id.

        Raises:
            APIError: it doesn't exist.
        """
        return self._records.find(assistant_id)

    def page(self, request: PageRequest) -> Page:
        """A page of the assistants.

        Raises:
            APIError: a cursor is not in the list.
        """
        return self._records.page(request)

    def modify(self, assistant_id: str, given: dict[str, Any]) -> Assistant:
        """Change an assistant.

        Args:
            assistant_id: the assistant.
            given: a checked `ModifyAssistant` as JSON. Metadata is merged.

        Raises:
            APIError: it, a file or a vector store doesn't exist, or it would have too many metadata.
        """
        self._check(given)
        with self._store.transaction():
            old = self.find(assistant_id)
            changed = {**old, **given}
            if "metadata" in given:
                changed["metadata"] = merged_metadata(old["metadata"], given["metadata"])
            assistant = objects.assistant(old["id"], old["created_at"], changed)
            self._store.put(assistant)
        return assistant

    def delete(self, assistant_id: str) -> None:
        """Delete an assistant. Its threads, runs and files stay.

        Raises:
            APIError: it doesn't exist.
        """
        with self._store.transaction():
            self.find(assistant_id)
            self._store.delete(assistant_id)

    def _check(self, given: dict[str, Any]) -> None:
        self._files.check(given.get("tool_resources"))
        self._vector_stores.check(given.get("tool_resources"))
