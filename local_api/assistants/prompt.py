"""What the model is asked: a thread and a run as one Responses request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from local_api.engine.toolbox import Context, Tool, own_choice, own_functions
from local_api.engine.turn import ModelItem, Work
from local_api.engine.usage import tokens_left
from local_api.model.model import ModelRequest, NoRoom, message_text
from local_api.tokens import estimate_tokens

from .objects import ContentPart, Message, Run


def model_request(
    run: Run, work: Work, messages: Sequence[Message], own: Mapping[str, Tool], context: Context
) -> ModelRequest:
    """The next request of a run.

    Args:
        run: the run as clients see it.
        work: what the machine keeps beside it.
        messages: the thread's messages, oldest first; those of this run are left out, since `items` hold them.
        own: the run's tools that this API runs itself, by the names that the model calls them by.
        context: the run as tools see it.

    Raises:
        NoRoom: `max_completion_tokens` are used up, or the newest message alone is over `max_prompt_tokens`.
    """
    history = [input_message(message) for message in messages if message["run_id"] != run["id"] and sayable(message)]
    history = history[-(run["truncation_strategy"]["last_messages"] or 0) :]
    used = work.usage or {"prompt_tokens": 0, "completion_tokens": 0}
    if run["max_prompt_tokens"]:
        fixed = estimate_tokens(run["instructions"] or "") + estimate_tokens(json.dumps(work.items))
        history = fitted(history, run["max_prompt_tokens"] - used["prompt_tokens"] - fixed)
    return ModelRequest(
        run_id=run["id"],
        turn=work.turn,
        model=run["model"],
        instructions=run["instructions"],
        messages=history,
        items=work.items,
        tools=[flat_tool(tool) for tool in run["tools"] if tool["type"] == "function"] + own_functions(own, context),
        own_calls=frozenset(work.own_calls),
        # A choice forces the first call only; after that the model must be free to answer.
        tool_choice=flat_choice(run["tool_choice"], own) if work.turn == 1 else "auto",
        parallel_tool_calls=run["parallel_tool_calls"],
        text_format=flat_format(run["response_format"]),
        max_output_tokens=tokens_left(run["max_completion_tokens"], work.completion_tokens, "max_completion_tokens"),
        temperature=run["temperature"],
        top_p=run["top_p"],
        reasoning_effort=run["reasoning_effort"],
    )


def fitted(history: list[ModelItem], room: int) -> list[ModelItem]:
    """The messages that fit, the newest last: the oldest one stays as long as it can, those after it go first.

    Args:
        history: Responses messages, oldest first.
        room: how many tokens they may have together, as estimated.

    Raises:
        NoRoom: not even the newest fits.
    """
    sizes = [estimate_tokens(message_text(message)) for message in history]
    too_much = sum(sizes) - room
    start = 1
    while too_much > 0 and start < len(history) - 1:
        too_much -= sizes[start]
        start += 1
    if too_much <= 0:
        return history[:1] + history[start:]
    if not history or sizes[-1] > room:
        raise NoRoom("max_prompt_tokens")
    return history[-1:]


def sayable(message: Message) -> list[ContentPart]:
    """The parts of a message that a model can be given: not the pictures that an assistant has shown."""
    is_user = message["role"] == "user"
    return [part for part in message["content"] if is_user or not part["type"].startswith("image")]


def input_message(message: Message) -> ModelItem:
    """A message of a thread as a Responses input message: text alone as a string, anything else as parts."""
    parts = sayable(message)
    if all(part["type"] == "text" for part in parts):
        content: str | list[ContentPart] = "\n".join(part["text"]["value"] for part in parts)
    else:
        content = [_input_part(part, message["role"]) for part in parts]
    # The type may be left out, but llama.cpp then refuses what the assistant said.
    return {"type": "message", "role": message["role"], "content": content}


def _input_part(part: ContentPart, role: str) -> ContentPart:
    if part["type"] == "text":
        return {"type": "input_text" if role == "user" else "output_text", "text": part["text"]["value"]}
    if part["type"] == "refusal":
        return {"type": "refusal", "refusal": part["refusal"]}
    if part["type"] == "image_url":
        return {"type": "input_image", "image_url": part["image_url"]["url"], "detail": part["image_url"]["detail"]}
    return {"type": "input_image", **part["image_file"]}


def flat_tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    """A function tool as Responses writes it: its members beside the type, and `strict` always set."""
    return {"type": "function", **tool["function"]}


def flat_choice(choice: str | dict[str, Any], own: Mapping[str, Tool]) -> str | dict[str, Any]:
    """A tool choice as Responses writes it; ``auto`` for a tool that the run doesn't have."""
    if isinstance(choice, str):
        return choice
    if choice["type"] == "function":
        return {"type": "function", "name": choice["function"]["name"]}
    return own_choice(choice, own)


def flat_format(response_format: str | dict[str, Any]) -> dict[str, Any]:
    """A response format as Responses writes it, under `text.format`."""
    if isinstance(response_format, str):  # "auto"
        return {"type": "text"}
    if response_format["type"] == "json_schema":
        return {"type": "json_schema", **response_format["json_schema"]}
    return response_format
