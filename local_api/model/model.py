"""What a model is to this API: it takes a request and answers with a stream of Responses events."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

ModelEvents = Generator[dict[str, Any], None, None]  # the events of `POST /responses`


@dataclass(frozen=True)
class ModelRequest:
    """One call of the model.

    Args:
        run_id: the run or the response that asks.
        turn: how many times it has called the model, this call included.
        model: the name that the client gave.
        instructions: what the assistant is told to be.
        messages: what led to the question, oldest first, as Responses input items: a thread's messages, or all items
            of a conversation.
        items: what has been done about it so far, in order: the model's output items and the outputs of its calls.
        tools: flat function tools.
        own_calls: the ids of the calls in `items` that this API has answered itself.
        text_format: the Responses `text.format`.
        max_output_tokens: what is left of the limit.
    """

    run_id: str
    turn: int
    model: str
    instructions: str | None
    messages: list[dict[str, Any]]
    items: list[dict[str, Any]] = field(default_factory=list)
    tools: list[dict[str, Any]] = field(default_factory=list)
    own_calls: frozenset[str] = frozenset()
    tool_choice: str | dict[str, Any] = "auto"
    parallel_tool_calls: bool = True
    text_format: dict[str, Any] = field(default_factory=lambda: {"type": "text"})
    max_output_tokens: int | None = None
    temperature: float = 1.0
    top_p: float = 1.0
    reasoning_effort: str | None = None

    def said(self) -> list[tuple[str, str]]:
        """Who said what before, without calls and thoughts: pairs of role and text."""
        messages = [item for item in self.messages if item.get("type", "message") == "message"]
        return [(message["role"], message_text(message)) for message in messages]

    def own_outputs(self) -> list[str]:
        """What this API's own tools have given."""
        return [output for output, is_own in self._outputs() if is_own]

    def learner_outputs(self) -> list[str]:
        """What the client has answered."""
        return [output for output, is_own in self._outputs() if not is_own]

    def _outputs(self) -> Iterator[tuple[str, bool]]:
        for item in self.items:
            if item["type"] == "function_call_output":
                yield item["output"], item["call_id"] in self.own_calls


class ModelFailure(Exception):
    """The model gave no (whole) answer.

    Args:
        code: a run's `last_error.code`: ``server_error``, ``rate_limit_exceeded`` or ``invalid_prompt``.
        message: what happened and what to do, for the person who reads `last_error`.
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


def item_text(item: dict[str, Any]) -> str:
    """All words of a Responses item, for counting."""
    if "content" in item:
        return message_text(item)
    return item.get("output") or item.get("name", "") + item.get("arguments", "")


def message_text(message: dict[str, Any]) -> str:
    """The text of a Responses message, whose content is a string or a list of parts."""
    content = message["content"]
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text") or part.get("file_id") or part.get("image_url") or "" for part in content)


class NoRoom(Exception):
    """A token limit of the run leaves nothing to ask or to answer; the text is the reason that clients see."""
