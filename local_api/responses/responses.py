"""What the API does with responses: takes them in, goes on from earlier ones, and has them worked on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from local_api import errors
from local_api.documents.files import Files
from local_api.documents.vector_stores import VectorStores
from local_api.engine.drivers import Driver, Event
from local_api.storage.clock import Clock
from local_api.storage.ids import Ids
from local_api.storage.store import Store

from . import objects as objects
from .conversations import Conversations
from .items import Items
from .machine import ResponseMachine, ResponseWork, scope_of
from .prompt import found_in, model_items, question_and_rest


class Responses:
    """Responses and their input items.

    Args:
        store, clock, ids, files, vector_stores: the home's.
        items: their items.
        conversations: in which they may be made.
        machine, driver: by which they are worked on.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        files: Files,
        vector_stores: VectorStores,
        items: Items,
        conversations: Conversations,
        machine: ResponseMachine,
        driver: Driver,
    ) -> None:
        self.driver = driver
        self._store = store
        self._clock = clock
        self._ids = ids
        self._files = files
        self._vector_stores = vector_stores
        self._items = items
        self._conversations = conversations
        self._machine = machine

    def create(self, given: dict[str, Any]) -> dict:
        """A new response, claimed and about to be worked on.

        Args:
            given: the checked members of the request.

        Raises:
            APIError: its input does not fit together, or something that it names is not there.
        """
        if given.get("background") and given.get("stream"):
            raise errors.no_background_stream()
        if given.get("background") and given.get("store") is False:
            raise errors.no_background_unstored()
        with self._store.transaction():
            conversation_id = self._conversation(given)
            history = self._history(given, conversation_id)
            id = self._ids.new("response", conversation_id or given.get("previous_response_id") or "", given)
            brought = self._items.made(id, _items_of(given))
            self._check_items(history, brought)
            tools = [objects.filled_tool(tool) for tool in given.get("tools") or []]
            self._check_tools(tools)
            now = self._clock.tick(conversation_id or "")
            response = objects.response(id, now, given, tools, conversation_id)
            work = self._work(response, given, history + brought)
            self._store.insert("response", response, work=asdict(work))
            self._clock.begin(scope_of(response), now)
            self._items.add(id, brought, now)
            if conversation_id:
                self._conversations.lock(conversation_id, id)
            self._vector_stores.touch(_searched(tools), now)
            self.driver.claim(response)
        return response

    def told(self, response: dict) -> Iterator[Event | None]:
        """Have a new response worked on; returns its events up to its end, as its client sees them.

        None stands for a while in which there is nothing to tell. A response that is not to be stored is forgotten at
        its end.
        """
        begin = [(f"response.{name}", {"response": response}) for name in ("created", "in_progress")]
        events, include = self.driver.stream(response, begin), self._work_of(response["id"]).include
        return self._until_end(response, events, include)

    def _until_end(self, response: dict, events: Iterator[Event | None], include: list[str]) -> Iterator[Event | None]:
        numbers = itertools.count()
        try:
            for event in events:
                yield event and (event[0], _shown(*event, next(numbers), include))
        finally:
            if not response["store"]:
                self._store.delete(response["id"])

    def finished(self, response: dict) -> dict:
        """A new response at its end, as its client sees it.

        Raises:
            APIError: it has failed, or was deleted meanwhile. One that has failed is forgotten.
        """
        *_, last = (event for event in self.told(response) if event)
        ended = last[1].get("response")
        if ended is None or ended["status"] == "in_progress":
            raise errors.no_such("Response", response["id"])
        if ended["status"] == "failed":
            self._store.delete(response["id"])
            raise errors.of_response(ended["error"])
        return ended

    def begun(self, response: dict) -> dict:
        """A new response in the background."""
        self.driver.start(response)
        return response

    def find(self, id: str) -> dict:
        """The stored response with this id.

        Raises:
            APIError: there is none.
        """
        found = self._store.get("response", id)
        if found is None or not found["store"]:
            raise errors.no_such("Response", id)
        return found

    def cancel(self, id: str) -> dict:
        """A background response, cancelled unless it has ended before.

        Raises:
            APIError: there is none, or it is not in the background.
        """
        with self._store.transaction():
            response = self.find(id)
            if not response["background"]:
                raise errors.cannot_cancel_response()
            return self._machine.cancel(response)

    # --- what a response goes on from ---

    def _conversation(self, given: dict[str, Any]) -> str | None:
        named = given.get("conversation")
        id = named["id"] if isinstance(named, dict) else named
        if id is None:
            return None
        if given.get("previous_response_id"):
            raise errors.two_histories()
        self._conversations.find(id, "conversation")
        self._conversations.check_unlocked(id, self._is_active)
        return id

    def _is_active(self, response_id: str) -> bool:
        found = self._store.get("response", response_id)
        return found is not None and self._machine.current(found)["status"] in self._machine.life.active

    def _history(self, given: dict[str, Any], conversation_id: str | None) -> list[dict]:
        if conversation_id:
            return self._items.of(conversation_id)
        items: list[dict] = []
        id = given.get("previous_response_id")
        while id:
            previous = self._store.get("response", id)
            if previous is None or not previous["store"]:
                raise errors.no_previous_response(id)
            if self._machine.current(previous)["status"] in self._machine.life.active:
                raise errors.previous_response_unfinished(id)
            items = self._items.of(id) + previous["output"] + items
            # Open in the contract: what one of the responses before was made in, a conversation say, does not count.
            id = previous["previous_response_id"]
        return items

    def _check_items(self, history: list[dict], brought: list[dict]) -> None:
        everything = history + brought
        for id in _pictures(brought):
            self._files.find(id)
        if not everything:
            raise errors.nothing_to_answer()
        seen: set[str] = set()
        for item in everything:
            if item["id"] in seen:
                raise errors.duplicate_item(item["id"])
            seen.add(item["id"])
        calls = _call_ids(everything, "function_call")
        outputs = _call_ids(everything, "function_call_output")
        for id in outputs:
            if id not in calls:
                raise errors.output_without_call(id)
        for id in calls:
            if id not in outputs:
                raise errors.call_without_output(id)

    def _check_tools(self, tools: list[dict]) -> None:
        for id in _searched(tools):
            errors.check_id("vector_store", id, "tools.vector_store_ids")
        self._vector_stores.check_alive(_searched(tools))

    def _work(self, response: dict, given: dict[str, Any], items: list[dict]) -> ResponseWork:
        before, since = question_and_rest(items)
        return ResponseWork(
            history=model_items(before),
            items=model_items(since),
            searches=found_in(since),
            container_id=self._container(response, items),
            include=given.get("include") or [],
        )

    def _container(self, response: dict, items: list[dict]) -> str:
        """The id of the container in which the response's code runs: the one named, the latest one, or a new one.

        Raises:
            APIError: there is none of the id that was named, or a file for it is not there (error 7).
        """
        tool = next((tool for tool in response["tools"] if tool["type"] == "code_interpreter"), None)
        if tool is None:
            return ""
        named = tool["container"]
        if isinstance(named, str):
            if self._store.get("container", named) is None:
                raise errors.no_such("Container", named, "tools.container")
            return named
        for id in named.get("file_ids", []):
            self._files.find(id)
        used = [item["container_id"] for item in items if item["type"] == "code_interpreter_call"]
        for id in reversed(used):
            if found := self._store.get("container", id):
                self._store.put({**found, "file_ids": found["file_ids"] + named.get("file_ids", [])})
                return id
        id = self._ids.new("container", response["id"], named)
        container = {"id": id, "created_at": response["created_at"], "file_ids": named.get("file_ids", [])}
        self._store.insert("container", container)
        return id

    def _work_of(self, id: str) -> ResponseWork:
        return ResponseWork(**self._store.get_work(id))


def _items_of(given: dict[str, Any]) -> list[dict[str, Any]]:
    input = given.get("input", [])
    return [{"role": "user", "content": input}] if isinstance(input, str) else input


def _pictures(items: list[dict]) -> list[str]:
    """The ids of the files that these items show."""
    parts = [part for item in items if item["type"] == "message" for part in item["content"]]
    return [part["file_id"] for part in parts if part["type"] == "input_image" and part["file_id"]]


def _call_ids(items: list[dict], type: str) -> list[str]:
    return [item["call_id"] for item in items if item["type"] == type]


def _searched(tools: list[dict]) -> list[str]:
    return [id for tool in tools if tool["type"] == "file_search" for id in tool["vector_store_ids"]]


def _shown(name: str, data: dict, number: int, include: list[str]) -> dict:
    """An event as the client sees it."""
    event = {"type": name, "sequence_number": number, **data}
    if "response" in data:
        event["response"] = objects.shown(data["response"], include)
    if "item" in data:
        event["item"] = objects.shown_item(data["item"], include)
    return event
