"""Turns what servers really stream into the sequence of events that a turn of the engine expects.

Servers differ: some don't announce items, some send an item only when it is done, or everything only at the end, and
some mix the pieces of several calls. Here each message comes out as added, deltas, done; then each call as added, one
delta, done; then the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_api.storage.texts import split_half, storable

from .model import ModelEvent, ModelFailure

EMPTY = "The model answered with nothing at all. Ask again, or try another model."
FILTERED = "The endpoint's content filter stopped the answer. Ask in another way."
UNEXPLAINED = "The model failed and did not say why. Run it again."
RUN_CODES = ("rate_limit_exceeded", "invalid_prompt")
LAST = ("response.completed", "response.incomplete")


def tidied(events: Iterator[ModelEvent]) -> Iterator[ModelEvent]:
    """The same answer in the expected sequence; of other events only the type is passed on.

    Raises:
        ModelFailure: the endpoint reports a failure, sends an event without a member that it must have, sends an empty
            answer, or filtered the answer.
    """
    tidy = _Tidy()
    for event in events:
        named = event.get("type") if isinstance(event, dict) else None
        kind = named if isinstance(named, str) else None
        try:
            yield from tidy.take(kind, event)
        except (KeyError, TypeError, AttributeError):
            raise ModelFailure("server_error", f"The endpoint sent a broken {kind!r} event.") from None
        if kind in LAST:
            return  # some servers leave the connection open


class _Tidy:
    """The message that is being received, the calls held back, and the items that are complete."""

    def __init__(self) -> None:
        self._is_open = False
        self._text = ""
        self._half = ""  # of a character whose other half comes with the next piece
        self._kind = ""  # of the latest piece
        self._calls: list[ModelEvent] = []
        self._done: list[ModelEvent] = []
        self._answered = False

    def take(self, kind: str | None, event: ModelEvent) -> Iterator[ModelEvent]:
        """The events to pass on when this one comes."""
        match kind:
            case "response.output_item.added":
                yield from self._added(event["item"])
            case "response.output_text.delta" | "response.refusal.delta":
                yield from self._delta(kind, event["delta"])
            case "response.function_call_arguments.delta":
                pass  # a call is passed on when it is complete
            case "response.output_item.done":
                yield from self._item_done(event["item"])
            case "response.completed":
                yield from self._completed(event)
            case "response.incomplete":
                yield self._incomplete(event)
            case "response.failed" | "error":
                raise _failure(event)
            case _:
                yield {"type": kind or ""}

    def _added(self, item: ModelEvent) -> Iterator[ModelEvent]:
        if item["type"] == "message":
            yield from self._open()

    def _delta(self, kind: str, piece: Any) -> Iterator[ModelEvent]:
        yield from self._open()
        if not isinstance(piece, str):
            raise TypeError(piece)
        piece, self._half = split_half(self._half + piece)
        self._kind = kind
        yield from self._passed_on(kind, storable(piece))

    def _passed_on(self, kind: str, piece: str) -> Iterator[ModelEvent]:
        if piece:
            self._text += piece
            yield {"type": kind, "delta": piece}

    def _item_done(self, item: ModelEvent) -> Iterator[ModelEvent]:
        if item.get("id") and item in self._done:
            return  # some servers send an item twice
        self._done.append(item)
        if item["type"] == "message":
            yield from self._whole_message(item)
        elif item["type"] == "function_call":
            self._calls.append(item)
        else:
            yield {"type": "response.output_item.done", "item": item}

    def _completed(self, event: ModelEvent) -> Iterator[ModelEvent]:
        """Pass on everything that only the complete response contains, then the calls, then the end."""
        output = event["response"].get("output") or []
        known = [item.get("id") for item in self._done]
        for place, item in enumerate(output):
            if item["id"] not in known if item.get("id") else place >= len(known):
                yield from self._item_done(item)
        if self._is_open:
            yield from self._rest()
            content = [{"type": "output_text", "text": self._text, "annotations": []}]
            yield self._close({"type": "message", "role": "assistant", "content": content})
        for call in self._calls:
            yield from whole_call(call)
        if not self._answered and not self._calls:
            raise ModelFailure("server_error", EMPTY)
        yield event

    def _incomplete(self, event: ModelEvent) -> ModelEvent:
        reason = (event["response"].get("incomplete_details") or {}).get("reason")
        if reason == "content_filter":
            raise ModelFailure("invalid_prompt", FILTERED)
        return event

    def _open(self) -> Iterator[ModelEvent]:
        if not self._is_open:
            self._is_open, self._answered, self._text = True, True, ""
            item = {"type": "message", "role": "assistant", "content": []}
            yield {"type": "response.output_item.added", "item": item}

    def _whole_message(self, item: ModelEvent) -> Iterator[ModelEvent]:
        yield from self._open()
        yield from self._rest()
        for part in [] if self._text else item.get("content") or []:
            name = "text" if part["type"] == "output_text" else "refusal"
            kind = "response.output_text.delta" if name == "text" else "response.refusal.delta"
            yield {"type": kind, "delta": text_of(part[name])}
        yield self._close(item)

    def _rest(self) -> Iterator[ModelEvent]:
        half, self._half = self._half, ""
        yield from self._passed_on(self._kind, storable(half))

    def _close(self, item: ModelEvent) -> ModelEvent:
        self._is_open = False
        return {"type": "response.output_item.done", "item": item}


def _failure(event: ModelEvent) -> ModelFailure:
    error = (event.get("response") or event).get("error") or event
    code = error["code"] if error.get("code") in RUN_CODES else "server_error"
    return ModelFailure(code, str(error.get("message") or UNEXPLAINED))


def whole_call(item: ModelEvent) -> Iterator[ModelEvent]:
    """A complete call as three events: added, one delta, done."""
    arguments = text_of(item["arguments"])
    item = {**item, "call_id": item.get("call_id") or item["id"], "name": text_of(item["name"]), "arguments": arguments}
    yield {"type": "response.output_item.added", "item": {**item, "arguments": ""}}
    yield {"type": "response.function_call_arguments.delta", "delta": arguments}
    yield {"type": "response.output_item.done", "item": item}


def text_of(value: Any) -> str:
    """The value if it is a string, as it can be stored.

    Raises:
        TypeError: it is not a string.
    """
    if not isinstance(value, str):
        raise TypeError(value)
    return storable(value)
