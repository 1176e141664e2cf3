"""The interface of a model: it takes a request and answers with a stream of Responses events."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

ModelEvent = dict[str, Any]  # one event of a Responses stream, such as `response.output_text.delta`
ModelEvents = Generator[ModelEvent, None, None]
Item = Mapping[str, Any]  # one input or output item of the Responses API, such as a message or a function call


@dataclass(frozen=True)
class ModelRequest:
    """One call of the model.

    Args:
        run_id: the run or the response that asks.
        turn: the number of its calls of the model so far, including this one.
        model: the name that the client gave.
        instructions: the assistant's instructions.
        messages: the history up to the question, oldest first, as Responses input items: a thread's messages, or all
            items of a conversation.
        items: what has happened since the question, in order: the model's output items and the outputs of its calls.
        tools: flat function tools.
        own_calls: the ids of the calls in `items` that this API has answered itself.
        text_format: the Responses `text.format`.
        max_output_tokens: what is left of the limit; None if there is none.
    """

    run_id: str
    turn: int
    model: str
    instructions: str | None
    messages: Sequence[Item]
    items: Sequence[Item] = ()
    tools: Sequence[Mapping[str, Any]] = ()
    own_calls: frozenset[str] = frozenset()
    tool_choice: str | Mapping[str, Any] = "auto"
    parallel_tool_calls: bool = True
    text_format: Mapping[str, Any] = field(default_factory=lambda: {"type": "text"})
    max_output_tokens: int | None = None
    temperature: float = 1.0
    top_p: float = 1.0
    reasoning_effort: str | None = None

    def said(self) -> list[tuple[str, str]]:
        """The messages of the history as pairs of role and text, without function calls and reasoning."""
        messages = [item for item in self.messages if item.get("type", "message") == "message"]
        return [(message["role"], message_text(message)) for message in messages]

    def own_outputs(self) -> list[str]:
        """The outputs of the tools that this API runs itself."""
        return [output for output, is_own in self._outputs() if is_own]

    def learner_outputs(self) -> list[str]:
        """The outputs that the client submitted."""
        return [output for output, is_own in self._outputs() if not is_own]

    def _outputs(self) -> Iterator[tuple[str, bool]]:
        for item in self.items:
            if item["type"] == "function_call_output":
                yield item["output"], item["call_id"] in self.own_calls


class ModelFailure(Exception):
    """The model gave no answer, or only part of one.

    Args:
        code: a run's `last_error.code`: ``server_error``, ``rate_limit_exceeded`` or ``invalid_prompt``.
        message: what happened and what to do, for the reader of `last_error`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Model(Protocol):
    """Anything that can answer."""

    def respond(self, request: ModelRequest) -> ModelEvents:
        """Answer with the events of `POST /responses`, as dicts.

        Raises:
            ModelFailure: before or between events.
        """
        ...


def item_text(item: Item) -> str:
    """All words of a Responses item, for counting tokens."""
    if "content" in item:
        return message_text(item)
    text: str = item.get("output") or item.get("name", "") + item.get("arguments", "")
    return text


def message_text(message: Item) -> str:
    """The text of a Responses message, whose content is a string or a list of parts."""
    content = message["content"]
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text") or part.get("file_id") or part.get("image_url") or "" for part in content)


class NoRoom(Exception):
    """A token limit leaves no room for the question or the answer; the text is the reason that clients see."""
