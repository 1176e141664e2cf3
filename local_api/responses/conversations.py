"""What the API does with conversations: lists of items that responses go on from and add to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local_api import errors
from local_api.storage.clock import Clock
from local_api.storage.ids import Ids
from local_api.storage.store import Store

from . import objects as objects
from .items import Items


class Conversations:
    """Conversations.

    Args:
        store, clock, ids: the home's.
        items: their items.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids, items: Items) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._items = items

    def create(self, given: dict[str, Any]) -> dict:
        """A new conversation, with its first items."""
        with self._store.transaction():
            id = self._ids.new("conversation", "", given)
            conversation = objects.conversation(id, self._clock.tick(), given.get("metadata") or {})
            self._store.insert("conversation", conversation)
            self._clock.begin(id, conversation["created_at"])
            self._items.add(id, self._items.made(id, given.get("items") or []), conversation["created_at"])
        return conversation

    def find(self, id: str, param: str | None = None) -> dict:
        """The conversation with this id.

        Args:
            param: the parameter that held the id; None for the path.

        Raises:
            APIError: there is none.
        """
        found = self._store.get("conversation", id)
        if found is None:
            raise errors.no_such("Conversation", id, param)
        return found

    def add(self, id: str, given: list[dict[str, Any]]) -> list[dict]:
        """New items at the end of a conversation.

        Raises:
            APIError: there is no such conversation, or an item is in it already.
        """
        with self._store.transaction():
            self.find(id)
            items = self._items.made(id, given)
            self._items.add(id, items, self._clock.tick(id))
        return items

    def find_item(self, id: str, item_id: str) -> dict:
        """An item of a conversation.

        Raises:
            APIError: one of them is not there.
        """
        self.find(id)
        item = self._items.get(id, item_id)
        if item is None:
            raise errors.no_such("Item", item_id)
        return item

    def delete_item(self, id: str, item_id: str) -> dict:
        """The conversation, without an item.

        Raises:
            APIError: one of them is not there.
        """
        self.find_item(id, item_id)
        self._items.delete(id, item_id)
        return self.find(id)

    def lock(self, id: str, response_id: str) -> None:
        """Note which response is the latest that is made in a conversation; while it lasts, there is no other."""
        self._store.put_work(id, {"response_id": response_id})

    def check_unlocked(self, id: str, is_active: Callable[[str], bool]) -> None:
        """Make sure that no response is being made in a conversation.

        Raises:
            APIError: one is.
        """
        latest = self._store.get_work(id).get("response_id")
        if latest and is_active(latest):
            raise errors.conversation_locked()
