"""What a response writes down of one call of the model: output items, and the events that tell of them."""

from __future__ import annotations

import base64
from typing import Any

from local_api.engine.annotations import Piece
from local_api.engine.toolbox import Context, Reference, Tool, Use
from local_api.engine.turn import Call, Emit, Turn, Work
from local_api.storage.blobs import Blobs
from local_api.storage.ids import Ids
from local_api.storage.store import Store

from . import objects as objects


class ResponseTurn(Turn):
    """A turn whose words, thoughts and calls become items of the response's output.

    Args:
        response: as clients see it; its output grows.
        work, tools, context: as in `Turn`.
        emit: is told each stream event, by its name and data.
    """

    file_kind = "container_file"

    def __init__(
        self,
        response: dict,
        work: Work,
        tools: dict[str, Tool],
        context: Context,
        *,
        store: Store,
        blobs: Blobs,
        ids: Ids,
        emit: Emit,
    ) -> None:
        super().__init__(work, tools, context)
        self._response = response
        self._output = response["output"]
        self._store = store
        self._blobs = blobs
        self._ids = ids
        self._emit = emit
        self._item: dict | None = None  # the one that is being written
        self._place = 0  # where it is in the output

    def save(self) -> None:
        """Store the output; what was still being written when the answer stopped is incomplete."""
        if self._item:
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
            self._tell_part("response.output_text.delta", delta=text, logprobs=[])
        if target:
            self._annotate(part, place, text, target)

    def _annotate(self, part: dict, place: int, text: str, target: Reference) -> None:
        annotation = objects.annotation(place, text, target, self.context.session)
        part["annotations"].append(annotation)
        index = len(part["annotations"]) - 1
        self._tell_part("response.output_text.annotation.added", annotation_index=index, annotation=annotation)

    def _show_pictures(self, part: dict) -> None:
        # A reply has no parts for pictures: they are files of the container, cited where the reply begins.
        for id in self.pictures:
            picture = self._store.get("file", id)
            if picture:
                self._annotate(part, 0, "", Reference("file_path", id, picture["filename"]))
        self.pictures = []

    def _refuse(self, words: str) -> None:
        part = self._part_of_type({"type": "refusal", "refusal": ""})
        part["refusal"] += words
        self._tell_part("response.refusal.delta", delta=words)

    def _part_of_type(self, empty: dict) -> dict:
        """The part that is being written, begun if the one before is of another type."""
        parts = self._item["content"]
        if not parts or parts[-1]["type"] != empty["type"]:
            self._complete_part()
            parts.append(empty)
            self._tell_part("response.content_part.added", part=empty)
            if empty["type"] == "output_text":
                self._show_pictures(empty)
        return parts[-1]

    def _complete_part(self) -> None:
        part = (self._item.get("content") or [None])[-1]
        if part and part["type"] == "output_text":
            self._tell_part("response.output_text.done", text=part["text"], logprobs=[])
        elif part:
            self._tell_part("response.refusal.done", refusal=part["refusal"])
        if part:
            self._tell_part("response.content_part.done", part=part)

    def _complete_message(self) -> None:
        self._complete_part()
        self._complete()

    def _complete_answer(self) -> None:
        """The response goes on as long as the model calls our tools."""

    def _think(self, item: dict) -> None:
        # It keeps its id, by which the endpoint knows it when it comes back.
        thought = objects.reasoning(item.get("id") or self._new_id("reasoning"), item)
        self._output.append(thought)
        for name in ("response.output_item.added", "response.output_item.done"):
            self._emit(name, {"output_index": len(self._output) - 1, "item": thought})

    # --- calls ---

    def _begin_use(self, call: Call, tool: Tool, use: Use) -> None:
        id = self._new_id(objects.KINDS[tool.type])
        if tool.type == "file_search":
            self._begin(objects.file_search_call(id))
            self._tell_item("response.file_search_call.in_progress")
            self._tell_item("response.file_search_call.searching")
            return
        self._begin(objects.code_interpreter_call(id, self.context.session))
        self._tell_item("response.code_interpreter_call.in_progress")
        for line in use.details["input"].splitlines(keepends=True):
            self._item["code"] += line
            self._tell_item("response.code_interpreter_call_code.delta", delta=line)
        self._tell_item("response.code_interpreter_call_code.done", code=self._item["code"])
        self._tell_item("response.code_interpreter_call.interpreting")

    def _show_use(self, tool: Tool, use: Use) -> None:
        if tool.type == "file_search":
            texts = use.kept.get("texts", [])
            results = zip(use.details["results"], texts, strict=True)
            self._item |= {"queries": use.kept["queries"], "results": [_result(*result) for result in results]}
        else:
            self._item["outputs"] = [self._code_output(output) for output in use.details["outputs"]]

    def _complete_use(self, tool: Tool) -> None:
        self._tell_item(f"response.{objects.KINDS[tool.type]}.completed")
        self._complete()

    def _code_output(self, output: dict) -> dict:
        if output["type"] == "logs":
            return output
        content = self._blobs.path(output["image"]["file_id"]).read_bytes()
        return {"type": "image", "url": f"data:image/png;base64,{base64.b64encode(content).decode()}"}

    def _ask_client(self, call: Call) -> dict:
        self._begin(objects.function_call(self._new_id("function_call"), call.item["call_id"], call.item["name"]))
        asked = self._item
        for piece in call.pieces:
            self._tell_item("response.function_call_arguments.delta", delta=piece)
        asked["arguments"] = call.item["arguments"]
        self._tell_item("response.function_call_arguments.done", arguments=asked["arguments"])
        self._complete()
        return asked

    # --- what they are written with ---

    def _new_id(self, kind: str) -> str:
        self.made += 1
        return self._ids.made(kind, self._response["id"], self.made)

    def _begin(self, item: dict) -> None:
        self._item = item
        self._output.append(item)
        self._place = len(self._output) - 1
        self._tell("response.output_item.added", item=item)

    def _complete(self, status: str = "completed") -> None:
        self._item["status"] = status
        self._tell("response.output_item.done", item=self._item)
        self._item = None

    def _tell_part(self, name: str, **members: Any) -> None:
        self._tell_item(name, content_index=len(self._item["content"]) - 1, **members)

    def _tell_item(self, name: str, **members: Any) -> None:
        self._tell(name, item_id=self._item["id"], **members)

    def _tell(self, name: str, **members: Any) -> None:
        self._emit(name, {"output_index": self._place, **members})


def _result(found: dict, text: str) -> dict:
    file = {"file_id": found["file_id"], "filename": found["file_name"]}
    return {"attributes": found["attributes"], **file, "score": found["score"], "text": text}
