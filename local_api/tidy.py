"""What servers really stream, as the sequence that a `Turn` expects.

Servers leave events out: some announce no items, some send an item only when it is done, or everything only at the
end. Here each message comes out as added, deltas, done; each call as added, one delta, done; then the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from .model import ModelFailure

Event = dict[str, Any]

EMPTY = "The model answered with nothing at all. Ask again, or try another model."
FILTERED = "The endpoint's content filter stopped the answer. Ask in another way."


def tidied(events: Iterator[Event]) -> Iterator[Event]:
    """The same answer in the expected sequence; events of other kinds are passed on as they are.

    Raises:
        ModelFailure: an event lacks what it must have, the answer is empty, or a filter stopped it.
    """
    tidy = _Tidy()
    for event in events:
        type = event.get("type", "")
        try:
            yield from _Tidy.HANDLERS[type](tidy, event) if type in _Tidy.HANDLERS else [event]
        except (KeyError, TypeError, AttributeError):
            raise ModelFailure("server_error", f"The endpoint sent a broken {type!r} event.") from None


class _Tidy:
    """The item under way, and whether anything has come."""

    def __init__(self) -> None:
        self._is_open = False
        self._text = ""
        self._items = 0

    def added(self, event: Event) -> Iterator[Event]:
        if event["item"]["type"] == "message":
            yield from self._open()

    def text(self, event: Event) -> Iterator[Event]:
        yield from self._open()
        self._text += event["delta"]
        yield {"type": event["type"], "delta": event["delta"]}

    def arguments(self, event: Event) -> Iterator[Event]:
        """Nothing yet: calls may arrive interleaved, so each is told when it is whole."""
        return iter(())

    def done(self, event: Event) -> Iterator[Event]:
        item = event["item"]
        self._items += 1
        if item["type"] == "message":
            yield from self._whole_message(item)
        elif item["type"] == "function_call":
            yield from _whole_call(item)
        else:
            yield {"type": "response.output_item.done", "item": item}

    def completed(self, event: Event) -> Iterator[Event]:
        if not self._items:
            for item in event["response"].get("output") or []:
                yield from self.done({"item": item})
        if self._is_open:
            content = [{"type": "output_text", "text": self._text, "annotations": []}]
            yield from self._close({"type": "message", "role": "assistant", "content": content})
        if not self._items:
            raise ModelFailure("server_error", EMPTY)
        yield event

    def incomplete(self, event: Event) -> Iterator[Event]:
        reason = (event["response"].get("incomplete_details") or {}).get("reason")
        if reason == "content_filter":
            raise ModelFailure("invalid_prompt", FILTERED)
        yield event

    HANDLERS: ClassVar[dict[str, Callable[[_Tidy, Event], Iterator[Event]]]] = {
        "response.output_item.added": added,
        "response.output_text.delta": text,
        "response.refusal.delta": text,
        "response.function_call_arguments.delta": arguments,
        "response.output_item.done": done,
        "response.completed": completed,
        "response.incomplete": incomplete,
    }

    def _open(self) -> Iterator[Event]:
        if not self._is_open:
            self._is_open, self._text = True, ""
            item = {"type": "message", "role": "assistant", "content": []}
            yield {"type": "response.output_item.added", "item": item}

    def _whole_message(self, item: Event) -> Iterator[Event]:
        yield from self._open()
        for part in [] if self._text else item.get("content") or []:
            is_text = part["type"] == "output_text"
            type = "response.output_text.delta" if is_text else "response.refusal.delta"
            yield {"type": type, "delta": part["text"] if is_text else part["refusal"]}
        yield from self._close(item)

    def _close(self, item: Event) -> Iterator[Event]:
        self._is_open = False
        self._items += 1
        yield {"type": "response.output_item.done", "item": item}


def _whole_call(item: Event) -> Iterator[Event]:
    item = {**item, "call_id": item.get("call_id") or item["id"], "arguments": item["arguments"] + ""}
    yield {"type": "response.output_item.added", "item": {**item, "arguments": "", "name": item["name"] + ""}}
    yield {"type": "response.function_call_arguments.delta", "delta": item["arguments"]}
    yield {"type": "response.output_item.done", "item": item}
