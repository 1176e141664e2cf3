"""What servers really stream, as the sequence that a `Turn` expects.

Servers leave events out: some announce no items, some send an item only when it is done, or everything only at the
end. Calls may arrive interleaved. Here each message comes out as added, deltas, done; then each call as added, one
delta, done; then the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from .model import ModelFailure

Event = dict[str, Any]

EMPTY = "The model answered with nothing at all. Ask again, or try another model."
FILTERED = "The endpoint's content filter stopped the answer. Ask in another way."
UNEXPLAINED = "The model failed and did not say why. Run it again."
RUN_CODES = ("rate_limit_exceeded", "invalid_prompt")
LAST = ("response.completed", "response.incomplete")


def tidied(events: Iterator[Event]) -> Iterator[Event]:
    """The same answer in the expected sequence; of events of other kinds only the type is passed on.

    Raises:
        ModelFailure: the endpoint says that it failed, sends an event that lacks what it must have, answers nothing,
            or filtered the answer.
    """
    tidy = Tidy()
    for event in events:
        type = event.get("type") if isinstance(event, dict) else None
        handle = Tidy.HANDLERS.get(type)
        try:
            yield from handle(tidy, event) if handle else [{"type": type or ""}]
        except (KeyError, TypeError, AttributeError):
            raise ModelFailure("server_error", f"The endpoint sent a broken {type!r} event.") from None
        if type in LAST:
            return  # some servers leave the connection open


class Tidy:
    """The message under way, the calls held back, and the items that have been seen whole."""

    def __init__(self) -> None:
        self._is_open = False
        self._text = ""
        self._calls: list[Event] = []
        self._done: list[Event] = []
        self._answered = False

    def added(self, event: Event) -> Iterator[Event]:
        """A message begins; calls are told when they are whole."""
        if event["item"]["type"] == "message":
            yield from self._open()

    def delta(self, event: Event) -> Iterator[Event]:
        """A piece of a text or of a refusal."""
        yield from self._open()
        piece = text_of(event["delta"])
        self._text += piece
        yield {"type": event["type"], "delta": piece}

    def done(self, event: Event) -> Iterator[Event]:
        """An item is whole."""
        item = event["item"]
        if item.get("id") and item in self._done:
            return  # told twice
        self._done.append(item)
        if item["type"] == "message":
            yield from self._whole_message(item)
        elif item["type"] == "function_call":
            self._calls.append(item)
        else:
            yield {"type": "response.output_item.done", "item": item}

    def completed(self, event: Event) -> Iterator[Event]:
        """The end: whatever has not been told yet is told now."""
        output = event["response"].get("output") or []
        known = [item.get("id") for item in self._done]
        for place, item in enumerate(output):
            if item["id"] not in known if item.get("id") else place >= len(known):
                yield from self.done({"item": item})
        if self._is_open:
            content = [{"type": "output_text", "text": self._text, "annotations": []}]
            yield from self._close({"type": "message", "role": "assistant", "content": content})
        for call in self._calls:
            yield from whole_call(call)
        if not self._answered and not self._calls:
            raise ModelFailure("server_error", EMPTY)
        yield event

    def incomplete(self, event: Event) -> Iterator[Event]:
        """The end at a limit."""
        reason = (event["response"].get("incomplete_details") or {}).get("reason")
        if reason == "content_filter":
            raise ModelFailure("invalid_prompt", FILTERED)
        yield event

    def failed(self, event: Event) -> Iterator[Event]:
        """The end by the endpoint's own account."""
        error = (event.get("response") or event).get("error") or event
        code = error["code"] if error.get("code") in RUN_CODES else "server_error"
        raise ModelFailure(code, str(error.get("message") or UNEXPLAINED))

    def pass_over(self, event: Event) -> Iterator[Event]:
        """Nothing to tell yet."""
        return iter(())

    HANDLERS: ClassVar[dict[str | None, Callable[[Tidy, Event], Iterator[Event]]]] = {
        "response.output_item.added": added,
        "response.output_text.delta": delta,
        "response.refusal.delta": delta,
        "response.function_call_arguments.delta": pass_over,
        "response.output_item.done": done,
        "response.completed": completed,
        "response.incomplete": incomplete,
        "response.failed": failed,
        "error": failed,
    }

    def _open(self) -> Iterator[Event]:
        if not self._is_open:
            self._is_open, self._answered, self._text = True, True, ""
            item = {"type": "message", "role": "assistant", "content": []}
            yield {"type": "response.output_item.added", "item": item}

    def _whole_message(self, item: Event) -> Iterator[Event]:
        yield from self._open()
        for part in [] if self._text else item.get("content") or []:
            name = "text" if part["type"] == "output_text" else "refusal"
            type = "response.output_text.delta" if name == "text" else "response.refusal.delta"
            yield {"type": type, "delta": text_of(part[name])}
        yield from self._close(item)

    def _close(self, item: Event) -> Iterator[Event]:
        self._is_open = False
        yield {"type": "response.output_item.done", "item": item}


def whole_call(item: Event) -> Iterator[Event]:
    """A call as added, one delta, done."""
    arguments = text_of(item["arguments"])
    item = {**item, "call_id": item.get("call_id") or item["id"], "name": text_of(item["name"]), "arguments": arguments}
    yield {"type": "response.output_item.added", "item": {**item, "arguments": ""}}
    yield {"type": "response.function_call_arguments.delta", "delta": arguments}
    yield {"type": "response.output_item.done", "item": item}


def text_of(value: Any) -> str:
    """The value, if it is a text, without halves of characters, which can't be stored.

    Raises:
        TypeError: it is no text.
    """
    if not isinstance(value, str):
        raise TypeError(value)
    return value.encode("utf-8", "replace").decode("utf-8")
