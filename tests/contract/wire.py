"""Checks on everything that local_api sends: against its own description, and through the SDK's own types.

OpenAI's published schemas, where they lie beside the repository (../shared), are one check more.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, get_args

import jsonschema_rs
import pydantic
import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from openai.types import FileDeleted, FileObject, VectorStore, VectorStoreDeleted, VectorStoreSearchResponse
from openai.types.beta import Assistant, AssistantDeleted, Thread, ThreadDeleted
from openai.types.beta.threads import Message, MessageDeleted, MessageDeltaEvent, Run
from openai.types.beta.threads.runs import RunStep, RunStepDeltaEvent
from openai.types.conversations import Conversation, ConversationDeletedResource, ConversationItem
from openai.types.responses import Response, ResponseItem, ResponseStreamEvent
from openai.types.vector_stores import (
    FileContentResponse,
    VectorStoreFile,
    VectorStoreFileBatch,
    VectorStoreFileDeleted,
)

from local_api.http.in_process import WSGITransport, http
from local_api.http.openapi import description

SPEC = Path(__file__).parents[3] / "shared/reference/openapi-assistants-subset.yaml"

SDK_TYPES = {
    "assistant": Assistant,
    "assistant.deleted": AssistantDeleted,
    "conversation": Conversation,
    "conversation.deleted": ConversationDeletedResource,
    "file": FileObject,
    "response": Response,
    "thread": Thread,
    "thread.deleted": ThreadDeleted,
    "thread.message": Message,
    "thread.message.deleted": MessageDeleted,
    "thread.message.delta": MessageDeltaEvent,
    "thread.run": Run,
    "thread.run.step": RunStep,
    "thread.run.step.delta": RunStepDeltaEvent,
    "vector_store": VectorStore,
    "vector_store.deleted": VectorStoreDeleted,
    "vector_store.file": VectorStoreFile,
    "vector_store.file.deleted": VectorStoreFileDeleted,
    "vector_store.files_batch": VectorStoreFileBatch,
}
# Pages that are no lists, and what they hold.
PAGES = {
    "vector_store.file_content.page": FileContentResponse,
    "vector_store.search_results.page": VectorStoreSearchResponse,
}
# Paths that the published schemas beside the repository do not cover, and whose lists hold items without `object`.
OWN_PATHS = ("/v1/local/", "/v1/openapi.json")  # known only to our description
NEWER = re.compile("/v1/(responses|conversations|containers)")
ITEMS = {"responses": ResponseItem, "conversations": ConversationItem}
RESPONSE_EVENTS = {
    get_args(event.model_fields["type"].annotation)[0]: event for event in get_args(get_args(ResponseStreamEvent)[0])
}
# Recorded, though the SDK's types and the schemas know no null here.
NULL_FOR_TEXT = {"thread.run": "instructions", "vector_store": "name"}
LIST_KEYS = ["object", "data", "first_id", "last_id", "has_more"]


@dataclass
class Exchange:
    """One request and its answer; `events` fills up while a stream is read."""

    method: str
    path: str
    status: int
    headers: http.Headers
    body: bytes = b""
    events: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def event_names(self) -> list[str]:
        return [name for name, _ in self.events]


class CheckedTransport(WSGITransport):
    """Calls the application in process, keeps each exchange, and fails the test at the first bad answer.

    `pytest.fail` raises no `Exception`, so the SDK neither retries nor hides it.
    """

    def __init__(self, app: Callable, exchanges: list[Exchange]) -> None:
        super().__init__(app)
        self._exchanges = exchanges

    def handle_request(self, request: http.Request) -> http.Response:
        response = super().handle_request(request)
        exchange = Exchange(request.method, request.url.path, response.status_code, response.headers)
        self._exchanges.append(exchange)
        if response.headers["content-type"].startswith("text/event-stream"):
            return http.Response(200, headers=response.headers, stream=CheckedStream(response.stream, exchange))
        exchange.body = b"".join(response.stream)
        response.stream.close()
        if response.headers["content-type"] == "application/json":
            refuse(exchange, faults_of_answer(exchange.method, exchange.path, exchange.status, loads(exchange.body)))
        return http.Response(exchange.status, headers=response.headers, content=exchange.body)


class CheckedStream(http.SyncByteStream):
    """Passes a stream on, frame by frame, each of them checked."""

    def __init__(self, stream: Any, exchange: Exchange) -> None:
        self._stream = stream
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        rest = b""
        for chunk in self._stream:
            *frames, rest = (rest + chunk).split(b"\n\n")
            for frame in frames:
                self._check(frame.decode())
            yield chunk
        if rest:
            refuse(self._exchange, [f"the stream ends inside a frame: {rest!r}"])

    def close(self) -> None:
        self._stream.close()

    def _check(self, frame: str) -> None:
        shape = re.fullmatch(r"event: (\S+)\ndata: ([^\n]+)", frame)
        if not shape:
            refuse(self._exchange, [f"not an event: {frame!r}"])
        name, text = shape.groups()
        data = text if name == "done" else loads(text)
        self._exchange.events.append((name, data))
        refuse(self._exchange, faults_of_event(name, data) + self._faults_of_number(data))

    def _faults_of_number(self, data: Any) -> list[str]:
        number = data.get("sequence_number") if isinstance(data, dict) else None
        expected = len(self._exchange.events) - 1
        return [] if number in (None, expected) else [f"number {number} instead of {expected}"]


def loads(text: str | bytes) -> Any:
    """Strict JSON, which knows no NaN and no Infinity."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def refuse(exchange: Exchange, faults: list[str]) -> None:
    """Fail the test that runs now if there are any faults."""
    if faults:
        pytest.fail(f"{exchange.method} {exchange.path} -> {exchange.status}: " + "; ".join(faults))


def faults_of_answer(method: str, path: str, status: int, value: Any) -> list[str]:
    """What is wrong with an answer that is no stream."""
    if status != 200:
        return _faults_of_error(value)
    faults = _own().faults_of_answer(method, path, value)
    if path.startswith(OWN_PATHS):
        return faults
    if newer := NEWER.match(path):
        return faults + _faults_of_newer(newer.group(1), value)
    published = _published().faults_of_answer(method, path, value) if _published() else []
    return faults + _faults_of_object(value) + published


def faults_of_event(name: str, data: Any) -> list[str]:
    """What is wrong with one server-sent event."""
    if name == "done":
        return [] if data == "[DONE]" else [f"done: {data!r}"]
    faults = _own().faults_of_event(name, data)
    if name.startswith("response."):
        return faults + _faults_of_response_event(name, data)
    return faults + _faults_of_object(data) + (_published().faults_of_event(name, data) if _published() else [])


def _faults_of_error(value: Any) -> list[str]:
    published = _published().faults_of_component("ErrorResponse", value) if _published() else []
    return _own().faults_of_component("Error", value) + published


# --- through the SDK's types ---


def _faults_of_object(value: dict) -> list[str]:
    if value["object"] == "list":
        return _faults_of_list(value)
    if value["object"] in PAGES:
        return [fault for item in value["data"] for fault in _faults_of_type(PAGES[value["object"]], item)]
    nullable = NULL_FOR_TEXT.get(value["object"])
    if nullable and value.get(nullable, "") is None:
        value = {**value, nullable: ""}
    sdk_type = FileDeleted if value["object"] == "file" and "deleted" in value else SDK_TYPES[value["object"]]
    return _faults_of_type(sdk_type, value)


def _faults_of_newer(kind: str, value: dict) -> list[str]:
    """What is wrong with an answer of the APIs that follow the Assistants API."""
    if value.get("object") == "response" and "deleted" in value:
        return [] if set(value) == {"id", "object", "deleted"} else [f"deleted: {value}"]  # the SDK has no type for it
    if value.get("object") == "list":
        return _faults_of_list(value, lambda item: _faults_of_type(ITEMS[kind], item))
    return _faults_of_object(value) if "object" in value else _faults_of_type(ITEMS[kind], value)


def _faults_of_response_event(name: str, data: dict) -> list[str]:
    if data.get("type") != name or name not in RESPONSE_EVENTS:
        return [f"{name} has the type {data.get('type')!r}"]
    return _faults_of_type(RESPONSE_EVENTS[name], data)


def _faults_of_type(sdk_type: type[pydantic.BaseModel], value: dict) -> list[str]:
    try:
        _adapter(sdk_type).validate_json(json.dumps(value), strict=True)
    except pydantic.ValidationError as error:
        return [f"{_name_of(sdk_type)}: {error}"]
    return []


@cache
def _adapter(sdk_type: Any) -> pydantic.TypeAdapter:
    return pydantic.TypeAdapter(sdk_type)


def _name_of(sdk_type: Any) -> str:
    return getattr(sdk_type, "__name__", "an item")


def _faults_of_list(value: dict, faults_of: Callable[[dict], list[str]] | None = None) -> list[str]:
    if list(value) != LIST_KEYS:
        return [f"a list has the members {list(value)}"]
    ids = [item["id"] for item in value["data"]] or [None]
    ends = [] if (value["first_id"], value["last_id"]) == (ids[0], ids[-1]) else ["first_id or last_id is wrong"]
    return ends + [fault for item in value["data"] for fault in (faults_of or _faults_of_object)(item)]


# --- against the published schemas ---


@cache
def spec() -> dict | None:
    """The published schemas, with what the real service sent in spite of them; None where they are absent."""
    if not SPEC.exists():
        return None
    document = yaml.load(SPEC.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    schemas = document["components"]["schemas"]
    _allow_null(schemas["RunObject"], "instructions")  # as in NULL_FOR_TEXT
    for name in ("expires_at", "status_details"):
        _allow_null(schemas["OpenAIFile"], name)
    for name in ("name", "expires_after"):
        _allow_null(schemas["VectorStoreObject"], name)
    for name, schema in schemas.items():
        if name.startswith("List"):
            _allow_null(schema, "first_id")  # of an empty list; _faults_of_list holds them to the data
            _allow_null(schema, "last_id")
    return document


def _allow_null(schema: dict, name: str) -> None:
    schema["properties"][name] = {"anyOf": [copy.deepcopy(schema["properties"][name]), {"type": "null"}]}


@cache
def _published() -> Schemas | None:
    return Schemas("the published API", spec()) if spec() else None


@cache
def _own() -> Schemas:
    return Schemas("our description", json.loads(json.dumps(description())))


class Schemas:
    """The schemas of an OpenAPI document, each compiled when it is first used."""

    def __init__(self, name: str, document: dict) -> None:
        self._name = name
        self._document = document
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}
        # Paths without parameters first: /threads/runs is no thread called "runs".
        self._paths = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path)
            for path in sorted(document["paths"], key=lambda path: "{" in path)
        ]
        self._events = dict(_places_of_events(document["components"]["schemas"]))

    def faults_of_answer(self, method: str, path: str, value: Any) -> list[str]:
        for pattern, template in self._paths:
            operation = self._document["paths"][template].get(method.lower())
            if operation and pattern.fullmatch(path.removeprefix("/v1")):
                place = template.replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
                answer = f"{method.lower()}/responses/200/content/application~1json/schema"
                return self._faults(f"#/paths/{place}/{answer}", value)
        return [f"{self._name} has no {method} {path}"]

    def faults_of_event(self, name: str, value: Any) -> list[str]:
        return self._faults(self._events[name], value) if name in self._events else [f"{self._name} has no {name}"]

    def faults_of_component(self, name: str, value: Any) -> list[str]:
        return self._faults(f"#/components/schemas/{name}", value)

    def _faults(self, place: str, value: Any) -> list[str]:
        schema = {"$ref": place, "paths": self._document["paths"], "components": self._document["components"]}
        if place not in self._validators:
            self._validators[place] = jsonschema_rs.Draft202012Validator(schema)
        if self._validators[place].is_valid(value):
            return []
        # The slower library finds the place of the fault inside of many variants.
        error = best_match(Draft202012Validator(schema).iter_errors(value))
        return [f"{self._name}: {error.json_path}: {error.message[:500]}"]


def _places_of_events(schemas: dict[str, dict]) -> Iterator[tuple[str, str]]:
    """The names of all stream events, each with the place of its data's schema."""
    for name, schema in schemas.items():
        for place, variant in [("", schema), *((f"/oneOf/{n}", one) for n, one in enumerate(schema.get("oneOf", [])))]:
            members = variant.get("properties", {})
            if "event" in members and "data" in members:
                event = members["event"]
                event_name = event.get("const") or event["enum"][0]
                yield event_name, f"#/components/schemas/{name}{place}/properties/data"
            elif str(members.get("type", {}).get("const")).startswith("response."):
                yield members["type"]["const"], f"#/components/schemas/{name}"
