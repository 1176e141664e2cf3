"""One call of the model inside a run: its Responses events become messages and run steps."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from . import objects, states
from .annotations import Annotator, Piece
from .clock import Clock
from .ids import Ids
from .model import ModelFailure
from .store import Store
from .toolbox import Tool

if TYPE_CHECKING:
    from .machine import Work

Emit = Callable[[str, dict], None]
MESSAGE_STEP = "message_creation"
CALLS_STEP = "tool_calls"


@dataclass
class Call:
    """A function call in an answer.

    Args:
        item: the output item, whole in the end.
        pieces: its arguments as they came.
    """

    item: dict
    pieces: list[str] = field(default_factory=list)


class Interrupted(Exception):
    """The run was cancelled, expired or deleted while the model was speaking."""


class Turn:
    """Plays the events of one answer into the store, and tells what came of it.

    Args:
        run: the run as clients see it.
        work: what the machine keeps beside it.
        literals: texts that become annotations where they stand in a reply.
        emit: is told each stream event, by its name and data.

    After `play` and `use`: `calls` are the function calls in the answer, `waiting` those of them that the client has
    to answer, `items` the answer's output items in order and what our own tools gave, `usage` its token counts,
    `unshown_usage` those that no step shows yet, `cut` whether it ended at the token limit, `made` how many objects
    the run has made so far, and `pictures` what the next message has to show.
    """

    def __init__(
        self,
        run: dict,
        work: Work,
        literals: dict[str, dict[str, Any]],
        *,
        store: Store,
        clock: Clock,
        ids: Ids,
        emit: Emit,
    ) -> None:
        self.run = run
        self.made = work.made
        self.pictures = list(work.pictures)
        self.calls: list[Call] = []
        self.waiting: list[dict] = []
        self.items: list[dict] = []
        self.usage: dict | None = None
        self.unshown_usage: dict | None = None
        self.cut = False
        self._store = store
        self._clock = clock
        self._ids = ids
        self._emit = emit
        self._annotator = Annotator(literals)
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
            try:
                for event in events:
                    if not still_wanted():
                        raise Interrupted
                    handle = self.HANDLERS.get(event["type"])
                    if handle:
                        handle(self, event)
            finally:
                self._write(self._annotator.flush())
        if self.usage is None:
            raise ModelFailure("server_error", "The model's answer broke off before its end. Run it again.")

    def use(self, tools: dict[str, Tool], still_wanted: Callable[[], bool]) -> None:
        """Make the answer's calls: first those of our own tools, each in a step of its own, then a step for the others.

        Args:
            tools: our own, by the names that the model calls them by.
            still_wanted: asked between calls, and by tools that take long; False stops them.

        Raises:
            Interrupted: they were no longer wanted.
        """
        for call in self.calls:
            if call.item["name"] in tools:
                self._use(call, tools[call.item["name"]], still_wanted)
        for call in self.calls:
            if call.item["name"] not in tools:
                self._ask_client(call)

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
            self.calls.append(Call(item))

    def _text_delta(self, event: dict) -> None:
        self._write(self._annotator.feed(event["delta"]))

    def _refusal_delta(self, event: dict) -> None:
        index, _ = self._part_of_type("refusal", {"type": "refusal", "refusal": ""})
        self._message["content"][index]["refusal"] += event["delta"]
        part = {"index": index, "type": "refusal", "refusal": event["delta"]}
        self._emit_delta(self._message, {"content": [part]})

    def _arguments_delta(self, event: dict) -> None:
        self.calls[-1].pieces.append(event["delta"])

    def _item_done(self, event: dict) -> None:
        item = event["item"]
        self.items.append(item)
        if item["type"] == "message":
            self._write(self._annotator.flush())
            self._complete_message()
        elif item["type"] == "function_call":
            self.calls[-1].item = item

    def _completed(self, event: dict) -> None:
        self.usage = self.unshown_usage = _usage(event)
        self._complete_step()

    def _incomplete(self, event: dict) -> None:
        self.usage = self.unshown_usage = _usage(event)
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
        self._show_pictures()

    def _part_of_type(self, type: str, empty: dict) -> tuple[int, bool]:
        """The index of the part that is being written, and whether it has just been begun."""
        parts = self._message["content"]
        is_new = not parts or parts[-1]["type"] != type
        if is_new:
            parts.append(empty)
        return len(parts) - 1, is_new

    def _write(self, pieces: Iterator[Piece]) -> None:
        """Add to the message's text; what points to something becomes an annotation."""
        for text, members in pieces:
            index, is_new = self._part_of_type("text", objects.text_part(""))
            part = self._message["content"][index]["text"]
            delta = {"value": text, "annotations": []} if is_new else {"value": text}
            if members:
                annotation = objects.annotation(text, len(part["value"]), members)
                delta["annotations"] = [{"index": len(part["annotations"]), **annotation}]
                part["annotations"].append(annotation)
            part["value"] += text
            self._emit_delta(self._message, {"content": [{"index": index, "type": "text", "text": delta}]})

    def _show_pictures(self) -> None:
        for index, id in enumerate(self.pictures):
            part = objects.picture_part(id)
            self._message["content"].append(part)
            self._emit_delta(self._message, {"content": [{"index": index, **part}]})
        self.pictures = []

    def _use(self, call: Call, tool: Tool, still_wanted: Callable[[], bool]) -> None:
        use, id = tool.begin(call.item["arguments"], self.run), call.item["call_id"]
        head = {"id": id, "type": tool.type}
        self._begin_step({"type": CALLS_STEP, "tool_calls": [{**head, tool.type: use.details}]})
        begun = len(use.deltas)
        self._emit_uses(tool.type, use.deltas, head)
        tool.finish(use, self.run, lambda: self._new_id("file"), still_wanted)
        self.save()
        if use.kept:
            self._store.put_work(self._step["id"], use.kept)
        self._emit_uses(tool.type, use.deltas[begun:])
        self.items.append({"type": "function_call_output", "call_id": id, "output": use.output})
        self.pictures += use.pictures
        if not still_wanted():
            raise Interrupted
        self._complete_step()

    def _emit_uses(self, type: str, deltas: list[dict], head: dict | None = None) -> None:
        for delta in deltas:
            self._emit_call({"index": 0, **(head or {"type": type}), type: delta})
            head = None

    def _ask_client(self, call: Call) -> None:
        if not self.waiting:
            self._begin_step({"type": CALLS_STEP, "tool_calls": self.waiting})
        function = {"name": call.item["name"], "arguments": "", "output": None}
        asked = {"id": call.item["call_id"], "type": "function", "function": function}
        index = len(self.waiting)
        self.waiting.append(asked)
        self._emit_call({"index": index, **asked})
        for piece in call.pieces:
            self._emit_call({"index": index, "type": "function", "function": {"arguments": piece}})
        function["arguments"] = call.item["arguments"]
        self._store.put(self._step)

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
            # What a call of the model took is shown once, by the first step to end after it.
            usage, self.unshown_usage = self.unshown_usage, objects.usage(0, 0)
            step = states.ended_step(self._step, "completed", self._now(), usage=usage)
            self._store.put(step)
            self._emit("thread.run.step.completed", step)
            self._step = None

    def _emit_call(self, call: dict) -> None:
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
