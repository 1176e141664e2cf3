"""How a run records one call of the model: as messages and run steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_api.engine import states
from local_api.engine.annotations import Piece
from local_api.engine.toolbox import Context, Tool, Use
from local_api.engine.turn import Call, Emit, ModelItem, Turn, Work
from local_api.engine.usage import tokens_of
from local_api.storage.clock import Clock
from local_api.storage.ids import Ids
from local_api.storage.store import Store

from . import objects
from .objects import ContentPart, Message, Run, Step, ToolCall

MESSAGE_STEP = "message_creation"
CALLS_STEP = "tool_calls"


class RunTurn(Turn):
    """A turn whose text becomes a message of the thread, and whose calls become steps.

    Each call of our own tools has a step of its own; those that the client answers share one.

    Args:
        run: the run as clients see it.
        work, tools, context: as in `Turn`.
        store, clock, ids: the home's.
        emit: called with the name and the data of each stream event.
    """

    file_kind = "file"

    def __init__(
        self,
        run: Run,
        work: Work,
        tools: dict[str, Tool],
        context: Context,
        *,
        store: Store,
        clock: Clock,
        ids: Ids,
        emit: Emit,
    ) -> None:
        super().__init__(run["id"], work, tools, context, store=store, ids=ids, emit=emit)
        self.run = run
        self._clock = clock
        self._open_message: Message | None = None
        self._open_step: Step | None = None
        self._emitted = 0  # how many of a use's deltas

    def save(self) -> None:
        """Save the partial text and calls; the caller sets the statuses."""
        if self._open_message:
            self._update("message", self._open_message, "content", self.run["thread_id"])
        if self._open_step:
            self._update("step", self._open_step, "step_details", self.run["id"])

    def _update(self, kind: str, open_object: Mapping[str, Any], member: str, parent: str) -> None:
        # What a client changed meanwhile (the metadata) stays.
        stored = self._store.get(kind, open_object["id"], parent)
        if stored:
            self._store.put({**stored, member: open_object[member]})

    # --- messages ---

    def _begin_message(self) -> None:
        message_id = self._new_id("message")
        self._begin_step({"type": MESSAGE_STEP, "message_creation": {"message_id": message_id}})
        self._open_message = objects.assistant_message(message_id, self._now(), self.run)
        self._store.insert("message", self._message, parent=self.run["thread_id"])
        self._emit("thread.message.created", self._message)
        self._emit("thread.message.in_progress", self._message)
        self._show_pictures()

    def _show_pictures(self) -> None:
        for index, file_id in enumerate(self.pictures):
            part = objects.picture_part(file_id)
            self._message["content"].append(part)
            self._emit_delta(self._message, {"content": [{"index": index, **part}]})
        self.pictures = []

    def _write(self, piece: Piece) -> None:
        text, target = piece
        index, is_new = self._part_of_type("text", objects.text_part(""))
        part = self._message["content"][index]["text"]
        delta: dict[str, Any] = {"value": text, "annotations": []} if is_new else {"value": text}
        if target:
            annotation = objects.annotation(text, len(part["value"]), target)
            delta["annotations"] = [{"index": len(part["annotations"]), **annotation}]
            part["annotations"].append(annotation)
        part["value"] += text
        self._emit_delta(self._message, {"content": [{"index": index, "type": "text", "text": delta}]})

    def _refuse(self, text: str) -> None:
        index, _ = self._part_of_type("refusal", {"type": "refusal", "refusal": ""})
        self._message["content"][index]["refusal"] += text
        part = {"index": index, "type": "refusal", "refusal": text}
        self._emit_delta(self._message, {"content": [part]})

    def _part_of_type(self, kind: str, empty: ContentPart) -> tuple[int, bool]:
        """The index of the part that is being written, and whether it has just been begun."""
        parts = self._message["content"]
        is_new = not parts or parts[-1]["type"] != kind
        if is_new:
            parts.append(empty)
        return len(parts) - 1, is_new

    def _complete_message(self) -> None:
        with self._store.transaction():
            # What a client changed meanwhile (the metadata) stays.
            stored = self._store.get("message", self._message["id"], self.run["thread_id"]) or self._message
            message = {
                **stored,
                "content": self._message["content"],
                "status": "completed",
                "completed_at": self._now(),
            }
            self._store.put(message)
        self._emit("thread.message.completed", message)
        self._open_message = None

    def _complete_answer(self) -> None:
        self._complete_step()

    def _think(self, item: ModelItem) -> None:
        """Runs don't show it; the model gets it back with the other items."""

    # --- calls ---

    def _begin_use(self, call: Call, tool: Tool, use: Use) -> None:
        head = {"id": call.item["call_id"], "type": tool.type}
        self._begin_step({"type": CALLS_STEP, "tool_calls": [{**head, tool.type: use.details}]})
        self._emitted = len(use.deltas)
        for delta in use.deltas:
            self._emit_call({"index": 0, **head, tool.type: delta})
            head = {"type": tool.type}

    def _show_use(self, tool: Tool, use: Use) -> None:
        self.save()
        if use.kept:
            self._store.put_work(self._step["id"], use.kept)
        for delta in use.deltas[self._emitted :]:
            self._emit_call({"index": 0, "type": tool.type, tool.type: delta})

    def _complete_use(self, tool: Tool) -> None:
        self._complete_step()

    def _ask_client(self, call: Call) -> ToolCall:
        if not self.waiting:
            self._begin_step({"type": CALLS_STEP, "tool_calls": []})
        asked = self._step["step_details"]["tool_calls"]
        function = {"name": call.item["name"], "arguments": "", "output": None}
        shown: ToolCall = {"id": call.item["call_id"], "type": "function", "function": function}
        self._emit_call({"index": len(asked), **shown})
        for piece in call.pieces:
            self._emit_call({"index": len(asked), "type": "function", "function": {"arguments": piece}})
        function["arguments"] = call.item["arguments"]
        asked.append(shown)
        self._store.put(self._step)
        return shown

    # --- what both have in common ---

    @property
    def _message(self) -> Message:
        assert self._open_message is not None, "text comes between a message's beginning and its end"
        return self._open_message

    @property
    def _step(self) -> Step:
        assert self._open_step is not None, "calls come between a step's beginning and its end"
        return self._open_step

    def _now(self) -> int:
        return self._clock.tick(self.run["thread_id"])

    def _begin_step(self, details: dict[str, Any]) -> None:
        self._complete_step()
        self._open_step = objects.step(self._new_id("step"), self._now(), self.run, details)
        self._store.insert("step", self._step, parent=self.run["id"])
        self._emit("thread.run.step.created", self._step)
        self._emit("thread.run.step.in_progress", self._step)

    def _complete_step(self) -> None:
        if self._open_step:
            # The usage of a call of the model is shown once, by the first step to end after it.
            usage, self.unshown_usage = self.unshown_usage, tokens_of(0, 0)
            step = states.ended_step(self._open_step, "completed", self._now(), usage=usage)
            self._store.put(step)
            self._emit("thread.run.step.completed", step)
            self._open_step = None

    def _emit_call(self, call: ToolCall) -> None:
        self._emit_delta(self._step, {"step_details": {"type": CALLS_STEP, "tool_calls": [call]}})

    def _emit_delta(self, target: Message | Step, delta: dict[str, Any]) -> None:
        name = f"{target['object']}.delta"
        self._emit(name, {"id": target["id"], "object": name, "delta": delta})
