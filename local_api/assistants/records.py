"""The stored objects of one kind: found by their ids, listed in pages, and the errors if they don't exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Generic, TypeVar, cast

from local_api import errors
from local_api.bodies.queries import PageRequest
from local_api.storage.store import Page, Store, UnknownCursor

T = TypeVar("T", bound=Mapping[str, object])


class Records(Generic[T]):
    """Objects of one kind.

    Args:
        store: where they are.
        kind: their kind, as in `ids.PREFIXES`.
    """

    def __init__(self, store: Store, kind: str) -> None:
        self._store = store
        self._kind = kind

    def find(self, object_id: str, parent: str = "") -> T:
        """The object with this id.

        Args:
            object_id: its id.
            parent: the id of the object that it belongs to, if any.

        Raises:
            APIError: 400 for an id of another kind, 404 if the object doesn't exist.
        """
        errors.check_id(self._kind, object_id, f"{self._kind}_id")
        found = self._store.get(self._kind, object_id, parent)
        if found is None:
            raise errors.not_found(self._kind, object_id)
        return cast(T, found)  # the store doesn't know types; only `insert` and `put` of this package write this kind

    def page(self, request: PageRequest, parent: str = "", match: dict[str, str] | None = None) -> Page:
        """A page of the list of these objects.

        Args:
            request: which page.
            parent: the id of the object that they belong to, if any.
            match: only objects with these members.

        Raises:
            APIError: 404 for a cursor that is not in the list.
        """
        try:
            return self._store.page(self._kind, parent, **asdict(request), match=match)
        except UnknownCursor as unknown:
            # The old service's text for such a cursor isn't known: it gets that of any object that doesn't exist.
            raise errors.not_found(self._kind, str(unknown)) from None
