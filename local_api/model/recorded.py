"""The model of a recorded lesson: it gives the recorded replies, and never makes one up."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from local_api.storage.ids import derived_id
from local_api.tokens import estimate_tokens, shortened

from .citations import NotFound, with_markers
from .model import ModelEvent, ModelEvents, ModelFailure, ModelRequest, item_text
from .recording import Entry, Recording, canonical, explain_miss, json_list, key_of, rewinds

WORDS = re.compile(r"\s*\S+|\s+")


class RecordedModel:
    """Answers from recordings, in pieces like a real model.

    Args:
        recordings: searched in this order.
    """

    def __init__(self, recordings: list[Recording]) -> None:
        self.recordings = recordings

    def respond(self, request: ModelRequest) -> ModelEvents:
        """The recorded reply as Responses events.

        Raises:
            ModelFailure: nothing is recorded for this request, or the recorded reply is a failure, or it isn't true
                of what the tools gave this time.
        """
        reply = self._take_reply(request)
        reply = verified(composed(reply, request.learner_outputs()), request.own_outputs())
        limit, whole = request.max_output_tokens, reply.count()
        given = whole if limit is None else min(limit, whole)
        is_cut = given < whole
        text = _cut(reply.assistant or "", given / whole) if is_cut else reply.assistant
        if text:
            yield from _message_events(text, whole=not (is_cut or reply.error))
        if reply.error:
            raise ModelFailure(reply.error.code, reply.error.message)
        usage = {"input_tokens": self._prompt_tokens(request), "output_tokens": given}
        if is_cut:
            details = {"reason": "max_output_tokens"}
            yield {"type": "response.incomplete", "response": {"usage": usage, "incomplete_details": details}}
            return
        for index, call in enumerate(reply.calls):
            arguments = call.arguments if isinstance(call.arguments, str) else _json(call.arguments)
            call_id = derived_id("call", request.run_id, request.turn, index)
            yield from _call_events(call_id, call.name, arguments)
        yield {"type": "response.completed", "response": {"usage": usage}}

    def _take_reply(self, request: ModelRequest) -> Entry:
        key = key_of(request)
        for messages in rewinds(key.messages):
            for recording in self.recordings:
                if reply := recording.take_reply(key._replace(messages=messages)):
                    return reply
        raise ModelFailure("invalid_prompt", explain_miss(self.recordings, key))

    def _prompt_tokens(self, request: ModelRequest) -> int:
        texts = [request.instructions or "", *(item_text(item) for item in (*request.messages, *request.items))]
        return sum(self._count(text) for text in texts)

    def _count(self, text: str) -> int:
        for recording in self.recordings:
            if text in recording.tokens:
                return recording.tokens[text]
        return estimate_tokens(text)


def composed(reply: Entry, outputs: list[str]) -> Entry:
    """A reply of parts as one text: a part for each element of the list that was submitted last.

    Other replies are returned as they are.

    Raises:
        ModelFailure: the recording has no part for an element.
    """
    if not reply.parts:
        return reply
    elements = [canonical(element) for element in json_list(outputs[-1]) or []]
    unknown = [element for element in elements if element not in reply.parts]
    if unknown:
        raise ModelFailure("invalid_prompt", f"The recording has no reply to this part of the output: {unknown[0]}")
    texts = [reply.assistant or "", *(reply.parts[element] for element in elements)]
    return reply.model_copy(update={"assistant": "\n\n".join(filter(None, texts))})


def verified(reply: Entry, outputs: list[str]) -> Entry:
    """The reply with its citations, if it is true of what our tools really gave.

    Raises:
        ModelFailure: it needs a text that is not in their outputs, or cites a passage that they didn't find.
    """
    given = "\n".join(outputs)
    missing = [repr(need) for need in reply.needs if need not in given]
    try:
        text = with_markers(reply.assistant or "", outputs)
    except NotFound as not_found:
        missing.append(str(not_found))
    if missing:
        said = shortened(given.strip(), 400) or "nothing"
        message = f"The recorded reply is true only if the tools give {missing[0]}. They gave: {said}"
        raise ModelFailure("invalid_prompt", message)
    return reply.model_copy(update={"assistant": text})


def _cut(text: str, share: float) -> str:
    """The first words of a text: this share of all words, from 0 to 1."""
    words = WORDS.findall(text)
    return "".join(words[: int(len(words) * share)])


def _message_events(text: str, whole: bool) -> Iterator[ModelEvent]:
    item = {"type": "message", "role": "assistant", "status": "in_progress", "content": []}
    yield {"type": "response.output_item.added", "item": item}
    for piece in WORDS.findall(text):
        yield {"type": "response.output_text.delta", "delta": piece}
    if whole:
        content = [{"type": "output_text", "text": text, "annotations": []}]
        done = {"type": "message", "role": "assistant", "status": "completed", "content": content}
        yield {"type": "response.output_item.done", "item": done}


def _call_events(call_id: str, name: str, arguments: str) -> Iterator[ModelEvent]:
    item = {"type": "function_call", "call_id": call_id, "name": name, "arguments": ""}
    yield {"type": "response.output_item.added", "item": item}
    for piece in WORDS.findall(arguments):
        yield {"type": "response.function_call_arguments.delta", "delta": piece}
    yield {"type": "response.output_item.done", "item": {**item, "arguments": arguments}}


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
