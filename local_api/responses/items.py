"""The items of responses and conversations: messages, calls and their outputs, each kept with what it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from local_api import errors
from local_api.storage.ids import Ids
from local_api.storage.store import Store

from . import objects as objects


class Items:
    """Lists of items.

    The same item can be in the input of several responses and in a conversation, so the store knows it by both ids.

    Args:
        store, ids: the home's.
    """

    def __init__(self, store: Store, ids: Ids) -> None:
        self._store = store
        self._ids = ids

    def made(self, owner_id: str, given: list[dict[str, Any]]) -> list[dict]:
        """Items from what a client gave; those without an id get one.

        Args:
            owner_id: the id of the response or conversation that they are for.
            given: their checked members.
        """
        items = []
        for one in given:
            id = one.get("id") or self._ids.new(one.get("type", "message"), owner_id, one)
            items.append(objects.item(id, one))
        return items

    def add(self, owner_id: str, items: Iterable[dict], now: int) -> None:
        """Keep items at the end of a list.

        Raises:
            APIError: one is there already.
        """
        for item in items:
            if self.get(owner_id, item["id"]):
                raise errors.duplicate_item(item["id"])
            self._store.insert("item", item, owner_id, key=key(owner_id, item["id"]), created_at=now)

    def get(self, owner_id: str, id: str) -> dict | None:
        """An item of a list, or None."""
        return self._store.get("item", key(owner_id, id), owner_id)

    def of(self, owner_id: str) -> list[dict]:
        """All items of a list, oldest first."""
        return self._store.page("item", owner_id, limit=None, order="asc").data

    def delete(self, owner_id: str, id: str) -> None:
        """Forget an item."""
        self._store.delete(key(owner_id, id))


def key(owner_id: str, id: str) -> str:
    """What the store knows an item by."""
    return f"{owner_id}/{id}"
