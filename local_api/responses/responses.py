"""What the API does with responses: creates them, goes on from earlier ones, and has them worked on."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, cast

from local_api import errors
from local_api.bodies.queries import PageRequest
from local_api.documents.files import Files
from local_api.documents.vector_stores import VectorStores
from local_api.engine.drivers import Driver, StreamEvent
from local_api.engine.loop import function_names
from local_api.storage.clock import Clock
from local_api.storage.ids import Ids
from local_api.storage.store import Page, Store

from . import objects
from .containers import Containers
from .conversations import Conversations
from .items import Items
from .machine import ResponseMachine, ResponseWork, scope_of
from .objects import Item, Response
from .prompt import found_in, question_and_rest, replay


class Responses:
    """Responses and their input items.

    Args:
        store, clock, ids, files, vector_stores: the home's.
        items: their items.
        conversations: in which they may be created.
        containers: in which their code runs.
        machine, driver: by which they are worked on.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        ids: Ids,
        files: Files,
        vector_stores: VectorStores,
        items: Items,
        conversations: Conversations,
        containers: Containers,
        machine: ResponseMachine,
        driver: Driver[Response],
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._files = files
        self._vector_stores = vector_stores
        self._items = items
        self._conversations = conversations
        self._containers = containers
        self._machine = machine
        self._driver = driver

    def create(self, given: Mapping[str, Any]) -> Response:
        """A new response, claimed: one of `stream`, `start` and `run` must follow.

        Args:
            given: the checked members of the request.

        Raises:
            APIError: its members contradict each other, or something that it names doesn't exist.
        """
        if given.get("background") and given.get("stream"):
            raise errors.no_background_stream()
        if given.get("background") and given.get("store") is False:
            raise errors.no_background_unstored()
        with self._store.transaction():
            conversation_id = self._conversation(given)
            history = self._history(given, conversation_id)
            parent_id = conversation_id or given.get("previous_response_id") or ""
            response_id = self._ids.new("response", parent_id, given)
            new_items = self._items.made(response_id, _items_of(given))
            self._check_items(history, new_items)
            tools = [objects.filled_tool(tool) for tool in given.get("tools") or []]
            self._check_tools(tools)
            now = self._clock.tick(conversation_id or "")
            response = objects.response(response_id, now, given, tools, conversation_id)
            work = self._work(response, given, history + new_items)
            self._store.insert("response", response, work=asdict(work))
            self._clock.begin(scope_of(response), now)
            self._items.add(response_id, new_items, now)
            if conversation_id:
                self._conversations.lock(conversation_id, response_id)
            self._vector_stores.touch(_searched(tools), now)
            self._driver.claim(response)
        return response

    def stream(self, response: Response) -> Iterator[StreamEvent | None]:
        """Have a new response worked on; yields its events until its end, as its client sees them.

        None is a keep-alive. A response that isn't to be stored is deleted at its end.
        """
        begin: list[StreamEvent] = [(f"response.{name}", {"response": response}) for name in ("created", "in_progress")]
        events = self._driver.stream(response, begin)
        return self._until_end(response, events, self._machine.work_of(response["id"]).include)

    def run(self, response: Response) -> Response:
        """A new response at its end, as its client sees it.

        Raises:
            APIError: it has failed, and is deleted, or it was deleted meanwhile.
        """
        *_, last = (event for event in self.stream(response) if event)
        ended = cast("Response | None", last[1].get("response"))
        if ended is None or ended["status"] == "in_progress":
            raise errors.no_such("Response", response["id"])
        if ended["error"]:
            self._store.delete(response["id"])
            raise errors.of_response(ended["error"] or {})
        return ended

    def start(self, response: Response) -> Response:
        """Have a new response worked on in the background; returns it."""
        self._driver.start(response)
        return response

    def retrieve(self, response_id: str, include: Collection[str] = ()) -> Response:
        """The stored response with this id, one step further if reading is what moves it.

        Raises:
            APIError: there is none.
        """
        return self._items.shown_response(self._driver.advance(self._find(response_id)), include)

    def input_items(self, response_id: str, request: PageRequest, include: Collection[str] = ()) -> Page:
        """Part of the items that a response was given.

        Raises:
            APIError: there is no such response, or no such item to go on from.
        """
        self._find(response_id)
        return self._items.page(response_id, request, include)

    def cancel(self, response_id: str) -> Response:
        """A background response, cancelled unless it has ended before.

        Raises:
            APIError: there is none, or it isn't in the background.
        """
        with self._store.transaction():
            response = self._find(response_id)
            if not response["background"]:
                raise errors.cannot_cancel_response()
            return self._items.shown_response(self._machine.cancel(response), ())

    def delete(self, response_id: str) -> None:
        """Delete a response.

        Raises:
            APIError: there is none.
        """
        with self._store.transaction():
            self._find(response_id)
            self._store.delete(response_id)

    def _find(self, response_id: str) -> Response:
        found = self._get(response_id)
        if found is None:
            raise errors.no_such("Response", response_id)
        return found

    def _get(self, response_id: str) -> Response | None:
        """The response, if it exists and its client wanted it stored."""
        found = cast("Response | None", self._store.get("response", response_id))
        return found if found and found["store"] else None

    def _until_end(
        self, response: Response, events: Iterator[StreamEvent | None], include: Collection[str]
    ) -> Iterator[StreamEvent | None]:
        numbers = itertools.count()
        try:
            for event in events:
                yield event and (event[0], self._shown(*event, next(numbers), include))
        finally:
            if not response["store"]:
                self._store.delete(response["id"])

    def _shown(self, name: str, data: Mapping[str, Any], number: int, include: Collection[str]) -> dict[str, Any]:
        """An event as the client sees it."""
        event = {"type": name, "sequence_number": number, **data}
        if "response" in data:
            event["response"] = self._items.shown_response(data["response"], include)
        if "item" in data:
            event["item"] = self._items.shown(data["item"], include)
        return event

    # --- what a response goes on from ---

    def _conversation(self, given: Mapping[str, Any]) -> str | None:
        wanted = given.get("conversation")
        conversation_id = wanted["id"] if isinstance(wanted, dict) else wanted
        if conversation_id is None:
            return None
        if given.get("previous_response_id"):
            raise errors.two_histories()
        self._conversations.retrieve(conversation_id, "conversation")
        self._conversations.check_unlocked(conversation_id, self._is_active)
        return str(conversation_id)

    def _is_active(self, response_id: str) -> bool:
        found = cast("Response | None", self._store.get("response", response_id))
        return found is not None and self._is_in_work(found)

    def _is_in_work(self, response: Response) -> bool:
        return self._machine.current(response)["status"] in self._machine.lifecycle.active

    def _history(self, given: Mapping[str, Any], conversation_id: str | None) -> list[Item]:
        if conversation_id:
            return self._items.of(conversation_id)
        items: list[Item] = []
        response_id = given.get("previous_response_id")
        while response_id:
            previous = self._get(response_id)
            if previous is None:
                raise errors.no_previous_response(response_id)
            if self._is_in_work(previous):
                raise errors.previous_response_unfinished(response_id)
            items = self._items.of(response_id) + previous["output"] + items
            # The published contract doesn't say whether the conversation that an earlier response was created in
            # counts; here it doesn't.
            response_id = previous["previous_response_id"]
        return items

    def _check_items(self, history: list[Item], new_items: list[Item]) -> None:
        items = history + new_items
        for file_id in _pictures(new_items):
            self._files.find(file_id)
        if not items:
            raise errors.nothing_to_answer()
        if repeated := _first_repeated(item["id"] for item in items):
            raise errors.duplicate_item(repeated)
        calls = _call_ids(items, "function_call")
        outputs = _call_ids(items, "function_call_output")
        for call_id in outputs:
            if call_id not in calls:
                raise errors.output_without_call(call_id)
        for call_id in calls:
            if call_id not in outputs:
                raise errors.call_without_output(call_id)

    def _check_tools(self, tools: list[dict[str, Any]]) -> None:
        for vector_store_id in _searched(tools):
            errors.check_id("vector_store", vector_store_id, "tools.vector_store_ids")
        self._vector_stores.check_alive(_searched(tools))

    def _work(self, response: Response, given: Mapping[str, Any], items: list[Item]) -> ResponseWork:
        before, since = question_and_rest(items)
        toolbox, taken = self._machine.toolbox, function_names(response["tools"])
        replayed = replay(since, toolbox, taken)
        return ResponseWork(
            history=replay(before, toolbox, taken).items,
            items=replayed.items,
            own_calls=replayed.own_calls,
            searches=found_in(since),
            container_id=self._containers.opened_for(response, items),
            include=given.get("include") or [],
        )


def _items_of(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    wanted: str | list[dict[str, Any]] = given.get("input", [])
    return [{"role": "user", "content": wanted}] if isinstance(wanted, str) else wanted


def _pictures(items: Iterable[Item]) -> list[str]:
    """The ids of the files that these items show."""
    parts = [part for item in items if item["type"] == "message" for part in item["content"]]
    return [part["file_id"] for part in parts if part["type"] == "input_image" and part["file_id"]]


def _first_repeated(item_ids: Iterable[str]) -> str | None:
    met: set[str] = set()
    for item_id in item_ids:
        if item_id in met:
            return item_id
        met.add(item_id)
    return None


def _call_ids(items: Iterable[Item], item_type: str) -> list[str]:
    return [item["call_id"] for item in items if item["type"] == item_type]


def _searched(tools: Iterable[Mapping[str, Any]]) -> list[str]:
    searches = (tool for tool in tools if tool["type"] == "file_search")
    return [vector_store_id for tool in searches for vector_store_id in tool["vector_store_ids"]]
