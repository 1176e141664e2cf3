"""What the API does with conversations: lists of items that responses go on from and add to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, cast

from local_api import errors
from local_api.bodies.queries import PageRequest
from local_api.storage.clock import Clock
from local_api.storage.ids import Ids
from local_api.storage.store import Page, Store

from . import objects
from .items import Items
from .objects import Conversation, Item


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

    def create(self, given: Mapping[str, Any]) -> Conversation:
        """A new conversation, with its first items."""
        with self._store.transaction():
            conversation_id = self._ids.new("conversation", "", given)
            conversation = objects.conversation(conversation_id, self._clock.tick(), given.get("metadata") or {})
            self._store.insert("conversation", conversation)
            self._clock.begin(conversation_id, conversation["created_at"])
            items = self._items.made(conversation_id, given.get("items") or [])
            self._items.add(conversation_id, items, conversation["created_at"])
        return conversation

    def retrieve(self, conversation_id: str, param: str | None = None) -> Conversation:
        """The conversation with this id.

        Args:
            conversation_id: its id.
            param: the parameter that held the id; None for the path.

        Raises:
            APIError: there is none.
        """
        found = self._store.get("conversation", conversation_id)
        if found is None:
            raise errors.no_such("Conversation", conversation_id, param)
        return cast(Conversation, found)

    def update(self, conversation_id: str, metadata: dict[str, str] | None) -> Conversation:
        """The conversation with other metadata.

        The published contract doesn't say whether metadata are merged; here they replace those that were there.

        Raises:
            APIError: there is no such conversation.
        """
        with self._store.transaction():
            conversation = self.retrieve(conversation_id)
            conversation["metadata"] = metadata or {}
            self._store.put(conversation)
        return conversation

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation and its items.

        Raises:
            APIError: there is no such conversation.
        """
        with self._store.transaction():
            self.retrieve(conversation_id)
            self._store.delete(conversation_id)

    def add_items(self, conversation_id: str, given: list[dict[str, Any]], include: Collection[str] = ()) -> list[Item]:
        """New items at the end of a conversation, as seen by a client that asked to `include` these members.

        Raises:
            APIError: there is no such conversation, or an item is in it already.
        """
        with self._store.transaction():
            self.retrieve(conversation_id)
            items = self._items.made(conversation_id, given)
            self._items.add(conversation_id, items, self._clock.tick(conversation_id))
        return [self._items.shown(item, include) for item in items]

    def items(self, conversation_id: str, request: PageRequest, include: Collection[str] = ()) -> Page:
        """Part of a conversation's items.

        Raises:
            APIError: there is no such conversation, or no such item to go on from.
        """
        self.retrieve(conversation_id)
        return self._items.page(conversation_id, request, include)

    def retrieve_item(self, conversation_id: str, item_id: str, include: Collection[str] = ()) -> Item:
        """An item of a conversation.

        Raises:
            APIError: one of them doesn't exist.
        """
        return self._items.shown(self._find_item(conversation_id, item_id), include)

    def delete_item(self, conversation_id: str, item_id: str) -> Conversation:
        """The conversation, without an item.

        Raises:
            APIError: one of them doesn't exist.
        """
        with self._store.transaction():
            self._find_item(conversation_id, item_id)
            self._items.delete(conversation_id, item_id)
            return self.retrieve(conversation_id)

    def lock(self, conversation_id: str, response_id: str) -> None:
        """Record which response is the latest in a conversation; while it is active, there can be no other."""
        self._store.put_work(conversation_id, {"response_id": response_id})

    def check_unlocked(self, conversation_id: str, is_active: Callable[[str], bool]) -> None:
        """Make sure that no response is active in a conversation.

        Raises:
            APIError: one is.
        """
        latest = self._store.get_work(conversation_id).get("response_id")
        if latest and is_active(latest):
            raise errors.conversation_locked()

    def _find_item(self, conversation_id: str, item_id: str) -> Item:
        self.retrieve(conversation_id)
        item = self._items.get(conversation_id, item_id)
        if item is None:
            raise errors.no_such("Item", item_id)
        return item
