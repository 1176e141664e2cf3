"""How a response records one call of the model: as output items, and the events that announce them."""

from __future__ import annotations

from typing import Any

from local_api.engine.annotations import Piece
from local_api.engine.toolbox import Context, Reference, Tool, Use
from local_api.engine.turn import Call, Emit, ModelItem, Turn, Work
from local_api.storage.ids import Ids
from local_api.storage.store import Store

from . import objects
from .objects import Item, Response


class ResponseTurn(Turn):
    """A turn whose text, thoughts and calls become items of the response's output.

    Args:
        response: as clients see it; its output grows.
        work, tools, context, store, ids, emit: as in `Turn`.
    """

    file_kind = "container_file"

    def __init__(
        self,
        response: Response,
        work: Work,
        tools: dict[str, Tool],
        context: Context,
        *,
        store: Store,
        ids: Ids,
        emit: Emit,
    ) -> None:
        super().__init__(response["id"], work, tools, context, store=store, ids=ids, emit=emit)
        self._response = response
        self._output = response["output"]
        self._open: Item | None = None  # the item that is being written
        self._place = 0  # where it is in the output

    def save(self) -> None:
        """Store the output; what was still being written when the answer stopped is incomplete."""
        if self._open:
            self._complete_part()
            self._complete("incomplete")
        stored = self._store.get("response", self._response["id"])
        if stored:
            self._store.put({**stored, "output": self._output})

    # --- messages and thoughts ---

    def _begin_message(self) -> None:
        self._begin(objects.message(self._new_id("message")))

    def _write(self, piece: Piece) -> None:
        text, target = piece
        part = self._part_of_type(objects.text_part())
        place = len(part["text"])
        if not target or target.type != "file_citation":
            part["text"] += text
            self._emit_part("response.output_text.delta", delta=text, logprobs=[])
        if target:
            self._annotate(part, place, text, target)

    def _annotate(self, part: dict[str, Any], place: int, text: str, target: Reference) -> None:
        annotation = objects.annotation(place, text, target, self.context.session)
        part["annotations"].append(annotation)
        index = len(part["annotations"]) - 1
        self._emit_part("response.output_text.annotation.added", annotation_index=index, annotation=annotation)

    def _show_pictures(self, part: dict[str, Any]) -> None:
        # A reply has no parts for pictures: they are files of the container, cited where the reply begins.
        for file_id in self.pictures:
            picture = self._store.get("file", file_id)
            if picture:
                self._annotate(part, 0, "", Reference("file_path", file_id, picture["filename"]))
        self.pictures = []

    def _refuse(self, text: str) -> None:
        part = self._part_of_type({"type": "refusal", "refusal": ""})
        part["refusal"] += text
        self._emit_part("response.refusal.delta", delta=text)

    def _part_of_type(self, empty: dict[str, Any]) -> dict[str, Any]:
        """The part that is being written, begun if the one before is of another type."""
        parts: list[dict[str, Any]] = self._item["content"]
        if not parts or parts[-1]["type"] != empty["type"]:
            self._complete_part()
            parts.append(empty)
            self._emit_part("response.content_part.added", part=empty)
            if empty["type"] == "output_text":
                self._show_pictures(empty)
        return parts[-1]

    def _complete_part(self) -> None:
        part = (self._item.get("content") or [None])[-1]
        if part and part["type"] == "output_text":
            self._emit_part("response.output_text.done", text=part["text"], logprobs=[])
        elif part:
            self._emit_part("response.refusal.done", refusal=part["refusal"])
        if part:
            self._emit_part("response.content_part.done", part=part)

    def _complete_message(self) -> None:
        self._complete_part()
        self._complete()

    def _complete_answer(self) -> None:
        """The response goes on as long as the model calls our tools."""

    def _think(self, item: ModelItem) -> None:
        # It keeps its id, by which the endpoint knows it when it comes back.
        thought = objects.reasoning(item.get("id") or self._new_id("reasoning"), item)
        self._output.append(thought)
        for name in ("response.output_item.added", "response.output_item.done"):
            self._emit(name, {"output_index": len(self._output) - 1, "item": thought})

    # --- calls ---

    def _begin_use(self, call: Call, tool: Tool, use: Use) -> None:
        item_id = self._new_id(tool.item_type)
        self._begin(objects.hosted_call(item_id, tool.item_type, tool.new_item(self.context)))
        for name, members in use.item_events:
            self._emit_item(f"response.{tool.item_type}{name}", **members)
        self._item.update(use.item)

    def _show_use(self, tool: Tool, use: Use) -> None:
        self._item.update(use.item)

    def _complete_use(self, tool: Tool) -> None:
        self._emit_item(f"response.{tool.item_type}.completed")
        self._complete()

    def _ask_client(self, call: Call) -> dict[str, Any]:
        self._begin(objects.function_call(self._new_id("function_call"), call.item["call_id"], call.item["name"]))
        asked = self._item
        for piece in call.pieces:
            self._emit_item("response.function_call_arguments.delta", delta=piece)
        asked["arguments"] = call.item["arguments"]
        self._emit_item("response.function_call_arguments.done", arguments=asked["arguments"])
        self._complete()
        return asked

    # --- what both have in common ---

    @property
    def _item(self) -> Item:
        assert self._open is not None, "events of an item come between its beginning and its end"
        return self._open

    def _begin(self, item: Item) -> None:
        self._open = item
        self._output.append(item)
        self._place = len(self._output) - 1
        self._emit_at_place("response.output_item.added", item=item)

    def _complete(self, status: str = "completed") -> None:
        self._item["status"] = status
        self._emit_at_place("response.output_item.done", item=self._item)
        self._open = None

    def _emit_part(self, name: str, **members: Any) -> None:
        self._emit_item(name, content_index=len(self._item["content"]) - 1, **members)

    def _emit_item(self, name: str, **members: Any) -> None:
        self._emit_at_place(name, item_id=self._item["id"], **members)

    def _emit_at_place(self, name: str, **members: Any) -> None:
        self._emit(name, {"output_index": self._place, **members})
