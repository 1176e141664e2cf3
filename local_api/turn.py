"""One call of the model inside a run: its Responses events become messages and run steps."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from . import objects, states
from .clock import Clock
from .ids import Ids
from .model import ModelFailure
from .store import Store

Emit = Callable[[str, dict], None]
MESSAGE_STEP = "message_creation"
CALLS_STEP = "tool_calls"


class Interrupted(Exception):
    """The run was cancelled, expired or deleted while the model was speaking."""


class Turn:
    """Plays the events of one answer into the store, and tells what came of it.

    Args:
        run: the run as clients see it.
        made: how many objects the run has made so far; counted on in `self.made`.
        emit: is told each stream event, by its name and data.

    After `play`: `calls` are the function calls to answer, `items` the answer's output items in order, `usage`
    its token counts, and `cut` is true if it ended at the token limit.
    """

    def __init__(
        self,
        run: dict,
        made: int,
        *,
        store: Store,
        clock: Clock,
        ids: Ids,
        emit: Emit,
    ) -> None:
        self.run = run
        self.made = made
        self.calls: list[dict] = []
        self.items: list[dict] = []
        self.usage: dict | None = None
        self.cut = False
        self._store = store
        self._clock = clock
        self._ids = ids
        self._emit = emit
        self._message: dict | None = None
        self._step: dict | None = None

    def play(self, events: Iterator[dict[str, Any]], still_wanted: Callable[[], bool]) -> None:
        """Follow the answer to its end.

        Args:
            events: Responses stream events, each message and each call whole before the next begins, messages before
                calls; types that are not known are passed over.
            still_wanted: asked between events; False stops the turn.

        Raises:
            Interrupted: it was no longer wanted.
            ModelFailure: the model failed, or broke off.
        """
        with contextlib.closing(events):
            for event in events:
                if not still_wanted():
                    raise Interrupted
                handle = self.HANDLERS.get(event["type"])
                if handle:
                    handle(self, event)
        if self.usage is None:
            raise ModelFailure("server_error", "The model's answer broke off before its end. Run it again.")

    def save(self) -> None:
        """Store the words of what was still being written when the answer stopped; its status is another's matter."""
        for kind, open_object, member, parent in (
            ("message", self._message, "content", self.run["thread_id"]),
            ("step", self._step, "step_details", self.run["id"]),
        ):
            stored = open_object and self._store.get(kind, open_object["id"], parent)
            if stored:
                self._store.put({**stored, member: open_object[member]})

    # --- what the events do ---

    def _item_added(self, event: dict) -> None:
        item = event["item"]
        if item["type"] == "message":
            self._begin_message()
        elif item["type"] == "function_call":
            self._begin_call(item)

    def _text_delta(self, event: dict) -> None:
        index, is_new = self._part_of_type("text", objects.text_part(""))
        self._message["content"][index]["text"]["value"] += event["delta"]
        text = {"value": event["delta"], "annotations": []} if is_new else {"value": event["delta"]}
        self._emit_delta(self._message, {"content": [{"index": index, "type": "text", "text": text}]})

    def _refusal_delta(self, event: dict) -> None:
        index, _ = self._part_of_type("refusal", {"type": "refusal", "refusal": ""})
        self._message["content"][index]["refusal"] += event["delta"]
        part = {"index": index, "type": "refusal", "refusal": event["delta"]}
        self._emit_delta(self._message, {"content": [part]})

    def _arguments_delta(self, event: dict) -> None:
        self.calls[-1]["function"]["arguments"] += event["delta"]
        self._emit_call({"type": "function", "function": {"arguments": event["delta"]}})

    def _item_done(self, event: dict) -> None:
        item = event["item"]
        self.items.append(item)
        if item["type"] == "message":
            self._complete_message()
        elif item["type"] == "function_call":
            self.calls[-1]["function"]["arguments"] = item["arguments"]
            self._store.put(self._step)

    def _completed(self, event: dict) -> None:
        self.usage = _usage(event)
        if not self.calls:
            self._complete_step()

    def _incomplete(self, event: dict) -> None:
        self.usage = _usage(event)
        self.cut = True

    HANDLERS: ClassVar[dict[str, Callable[[Turn, dict], None]]] = {
        "response.output_item.added": _item_added,
        "response.output_text.delta": _text_delta,
        "response.refusal.delta": _refusal_delta,
        "response.function_call_arguments.delta": _arguments_delta,
        "response.output_item.done": _item_done,
        "response.completed": _completed,
        "response.incomplete": _incomplete,
    }

    # --- what they do it with ---

    def _now(self) -> int:
        return self._clock.tick(self.run["thread_id"])

    def _new_id(self, kind: str) -> str:
        self.made += 1
        return self._ids.made(kind, self.run["id"], self.made)

    def _begin_message(self) -> None:
        message_id = self._new_id("message")
        self._begin_step({"type": MESSAGE_STEP, "message_creation": {"message_id": message_id}})
        self._message = objects.assistant_message(message_id, self._now(), self.run)
        self._store.insert("message", self._message, parent=self.run["thread_id"])
        self._emit("thread.message.created", self._message)
        self._emit("thread.message.in_progress", self._message)

    def _part_of_type(self, type: str, empty: dict) -> tuple[int, bool]:
        """The index of the part that is being written, and whether it has just been begun."""
        parts = self._message["content"]
        is_new = not parts or parts[-1]["type"] != type
        if is_new:
            parts.append(empty)
        return len(parts) - 1, is_new

    def _begin_call(self, item: dict) -> None:
        if not self._step or self._step["type"] != CALLS_STEP:
            self._begin_step({"type": CALLS_STEP, "tool_calls": []})
        head = {"name": item["name"], "arguments": "", "output": None}
        call = {"id": item["call_id"], "type": "function", "function": head}
        self.calls.append(call)
        self._step["step_details"]["tool_calls"].append(call)
        self._emit_call(call)

    def _begin_step(self, details: dict) -> None:
        self._complete_step()
        self._step = objects.step(self._new_id("step"), self._now(), self.run, details)
        self._store.insert("step", self._step, parent=self.run["id"])
        self._emit("thread.run.step.created", self._step)
        self._emit("thread.run.step.in_progress", self._step)

    def _complete_message(self) -> None:
        with self._store.transaction():
            # What a client changed meanwhile (the metadata) stays.
            stored = self._store.get("message", self._message["id"], self.run["thread_id"]) or self._message
            written = {"content": self._message["content"], "status": "completed", "completed_at": self._now()}
            self._store.put({**stored, **written})
        self._emit("thread.message.completed", {**stored, **written})
        self._message = None

    def _complete_step(self) -> None:
        if self._step:
            step = states.ended_step(self._step, "completed", self._now(), usage=self.usage)
            self._store.put(step)
            self._emit("thread.run.step.completed", step)
            self._step = None

    def _emit_call(self, call: dict) -> None:
        call = {"index": len(self.calls) - 1, **call}
        self._emit_delta(self._step, {"step_details": {"type": CALLS_STEP, "tool_calls": [call]}})

    def _emit_delta(self, of: dict, delta: dict) -> None:
        self._emit(f"{of['object']}.delta", {"id": of["id"], "object": f"{of['object']}.delta", "delta": delta})


def _usage(event: dict) -> dict:
    usage = event["response"].get("usage")
    return objects.usage(
        _count(usage, "input_tokens"),
        _count(usage, "output_tokens"),
        _count(usage, "input_tokens_details", "cached_tokens"),
        _count(usage, "output_tokens_details", "reasoning_tokens"),
    )


def _count(value: Any, *names: str) -> int:
    """The number at the end of these names; 0 if it is missing, or no number."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, int) else 0
