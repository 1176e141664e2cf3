"""What the API does with the files of a vector store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_api.bodies.queries import PageRequest
from local_api.storage.clock import Clock
from local_api.storage.store import Page, Store

from . import objects
from .objects import AttributeValue, FileContent, FileStatus, VectorStoreFile
from .vector_stores import VectorStores


class VectorStoreFiles:
    """The files of vector stores.

    Every method raises an APIError if the vector store doesn't exist. An expired one can still be inspected and
    emptied; for everything else it counts as an error, too.

    Args:
        store, clock: the home's.
        vector_stores: the vector stores.
    """

    def __init__(self, store: Store, clock: Clock, vector_stores: VectorStores) -> None:
        self._store = store
        self._clock = clock
        self._vector_stores = vector_stores
        self._members = vector_stores.members

    def create(self, vector_store_id: str, given: Mapping[str, Any]) -> VectorStoreFile:
        """Add a file to a vector store.

        Args:
            given: a checked `CreateStoreFile` as JSON.

        Raises:
            APIError: the file doesn't exist, or is of a type that can't be searched.
        """
        with self._store.transaction():
            self._vector_stores.usable(vector_store_id)
            self._members.check_type(given["file_id"])
            return self._members.add(vector_store_id, [given], self._clock.tick())[0]

    def retrieve(self, vector_store_id: str, file_id: str) -> VectorStoreFile:
        """A file of a vector store.

        Raises:
            APIError: it isn't in the vector store.
        """
        self._vector_stores.find(vector_store_id)
        return self._members.advance_file(vector_store_id, file_id)

    def page(self, vector_store_id: str, request: PageRequest, status: FileStatus | None = None) -> Page:
        """A page of the files of a vector store, or of those with this status.

        Raises:
            APIError: a cursor is not in the list.
        """
        self._vector_stores.find(vector_store_id)
        self._members.advance(vector_store_id)
        return self._members.records.page(vector_store_id, request, status)

    def modify(self, vector_store_id: str, file_id: str, attributes: dict[str, AttributeValue]) -> VectorStoreFile:
        """Replace a file's attributes.

        Raises:
            APIError: it isn't in the vector store.
        """
        self._vector_stores.usable(vector_store_id)
        return self._members.set_attributes(vector_store_id, file_id, attributes)

    def delete(self, vector_store_id: str, file_id: str) -> None:
        """Remove a file from a vector store. The uploaded file stays.

        Raises:
            APIError: it isn't in the vector store.
        """
        self._vector_stores.find(vector_store_id)
        self._members.remove(self._members.records.find(vector_store_id, file_id))

    def content(self, vector_store_id: str, file_id: str) -> FileContent:
        """The passages of a file.

        Raises:
            APIError: it isn't in the vector store.
        """
        self._vector_stores.usable(vector_store_id)
        file = self._members.advance_file(vector_store_id, file_id)
        return objects.file_content(self._members.passages(file))
