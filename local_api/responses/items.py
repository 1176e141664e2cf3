"""The items of responses and conversations: messages, calls and their outputs, each kept with what it belongs to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from local_api import errors
from local_api.bodies.queries import PageRequest
from local_api.engine.toolbox import Toolbox
from local_api.storage.ids import Ids
from local_api.storage.store import Page, Store, UnknownCursor

from . import objects
from .objects import Item, Response


class Items:
    """Lists of items.

    The same item can be in the input of several responses and in a conversation, so its key in the store names both.
    The results of searches and the outputs of code are kept, and left out for clients that don't `include` them.

    Args:
        store, ids: the home's.
        toolbox: the hosted tools, whose calls are items too.
    """

    def __init__(self, store: Store, ids: Ids, toolbox: Toolbox) -> None:
        self._store = store
        self._ids = ids
        self._toolbox = toolbox

    def made(self, owner_id: str, given: Iterable[Mapping[str, Any]]) -> list[Item]:
        """Items from what a client gave; those without an id get one.

        Args:
            owner_id: the id of the response or conversation that they are for.
            given: their checked members.
        """
        items = []
        for one in given:
            kind = one.get("type", "message")
            item_id = one.get("id") or self._ids.new(kind, owner_id, one)
            items.append(objects.given_item(item_id, one, self._optional(kind)))
        return items

    def add(self, owner_id: str, items: Iterable[Item], now: int) -> None:
        """Keep items at the end of a list.

        Raises:
            APIError: one is there already.
        """
        for item in items:
            if self.get(owner_id, item["id"]):
                raise errors.duplicate_item(item["id"])
            self._store.insert("item", item, owner_id, key=_key(owner_id, item["id"]), created_at=now)

    def get(self, owner_id: str, item_id: str) -> Item | None:
        """An item of a list, or None."""
        return self._store.get("item", _key(owner_id, item_id), owner_id)

    def of(self, owner_id: str) -> list[Item]:
        """All items of a list, oldest first."""
        return self._store.page("item", owner_id, limit=None, order="asc").data

    def page(self, owner_id: str, request: PageRequest, include: Collection[str]) -> Page:
        """Part of a list, as a client sees it.

        Raises:
            APIError: the item to go on from isn't in the list.
        """
        after = _key(owner_id, request.after) if request.after else None
        try:
            page = self._store.page("item", owner_id, limit=request.limit, order=request.order, after=after)
        except UnknownCursor:
            raise errors.no_such("Item", request.after or "", "after") from None
        return replace(page, data=[self.shown(item, include) for item in page.data])

    def delete(self, owner_id: str, item_id: str) -> None:
        """Delete an item from a list."""
        self._store.delete(_key(owner_id, item_id))

    def shown(self, item: Item, include: Collection[str]) -> Item:
        """An item as seen by a client that asked to `include` these members."""
        optional = self._optional(item["type"])
        return item if optional is None or f"{item['type']}.{optional}" in include else {**item, optional: None}

    def shown_response(self, response: Response, include: Collection[str]) -> Response:
        """A response as seen by a client that asked to `include` these members."""
        return {**response, "output": [self.shown(item, include) for item in response["output"]]}

    def _optional(self, item_type: str) -> str | None:
        tool = self._toolbox.of_item(item_type)
        return tool.optional if tool else None


def _key(owner_id: str, item_id: str) -> str:
    return f"{owner_id}/{item_id}"
