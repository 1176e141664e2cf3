"""What the model is asked for a response: the items of a conversation as one Responses request.

Calls of hosted tools become function calls again, with their outputs.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from local_api.engine.toolbox import Context, FoundFiles, Tool, Toolbox, name_beside, own_choice, own_functions
from local_api.engine.turn import ModelItem, Work
from local_api.engine.usage import tokens_left
from local_api.model.model import ModelRequest

from .objects import Item, Response


class Replay(NamedTuple):
    """Items as the model is given them.

    Args:
        items: the items.
        own_calls: the ids of the calls among them that this API has answered itself.
    """

    items: list[ModelItem]
    own_calls: list[str]


def question_and_rest(items: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """What led to the model's latest question, and what has been done about it since.

    An answer without calls isn't work on a question: it is part of what leads to the next one.
    """
    ends = [place for place, item in enumerate(items, start=1) if item.get("role", "assistant") != "assistant"]
    place = ends[-1] if ends else 0
    if any(item["type"].endswith("_call") for item in items[place:]):
        return list(items[:place]), list(items[place:])
    return list(items), []


def found_in(items: Iterable[Item]) -> list[FoundFiles]:
    """What the searches among these items have found, as in `Context`."""
    searches = [item for item in items if item["type"] == "file_search_call"]
    return [[(result["file_id"], result["filename"]) for result in item["results"] or []] for item in searches]


def replay(items: Iterable[Item], toolbox: Toolbox, taken: set[str]) -> Replay:
    """Items as the model is given them.

    Args:
        items: as they are kept, with the results and outputs of hosted tools.
        toolbox: the hosted tools.
        taken: the names of the user's functions, which keep theirs.
    """
    replayed, own_calls, numbers = [], [], Counter[str]()
    for item in items:
        tool = toolbox.of_item(item["type"])
        if tool:
            replayed += _hosted_call(item, tool, numbers[tool.type], name_beside(tool, taken))
            own_calls.append(item["id"])
            numbers[tool.type] += 1
        else:
            replayed.append(_model_item(item))
    return Replay(replayed, own_calls)


def _model_item(item: Item) -> ModelItem:
    match item["type"]:
        case "message":
            return {"type": "message", "role": item["role"], "content": _content(item)}
        case "function_call":
            return {name: item[name] for name in ("type", "call_id", "name", "arguments")}
        case "function_call_output":
            output = item["output"]
            text = output if isinstance(output, str) else "\n".join(part["text"] for part in output)
            return _output_of(item["call_id"], text)
        case _:  # reasoning
            return {name: value for name, value in item.items() if value is not None}


def _content(message: Item) -> str | list[dict[str, Any]]:
    parts: list[dict[str, Any]] = message["content"]
    if all("text" in part for part in parts):
        return "\n".join(part["text"] for part in parts)
    if message["role"] != "assistant":
        return [{name: value for name, value in part.items() if value is not None} for part in parts]
    return parts


def _hosted_call(item: Item, tool: Tool, number: int, name: str) -> list[ModelItem]:
    arguments, output = tool.replayed(item, number)
    written = json.dumps(arguments, ensure_ascii=False)
    call = {"type": "function_call", "call_id": item["id"], "name": name, "arguments": written}
    return [call, _output_of(item["id"], output)]


def _output_of(call_id: str, output: str) -> ModelItem:
    return {"type": "function_call_output", "call_id": call_id, "output": output}


def model_request(
    response: Response,
    history: list[ModelItem],
    work: Work,
    own: Mapping[str, Tool],
    context: Context,
) -> ModelRequest:
    """The next request of a response.

    Args:
        response: as clients see it.
        history: what led to the question, as the model is given it.
        work: what is kept beside the response.
        own: the response's tools that this API runs itself, by the names that the model calls them by.
        context: the response as tools see it.

    Raises:
        NoRoom: `max_output_tokens` are used up.
    """
    return ModelRequest(
        run_id=response["id"],
        turn=work.turn,
        model=response["model"],
        instructions=response["instructions"],
        messages=history,
        items=work.items,
        tools=[tool for tool in response["tools"] if tool["type"] == "function"] + own_functions(own, context),
        own_calls=frozenset(work.own_calls),
        # A choice forces the first call only; after that the model must be free to answer.
        tool_choice=_choice(response["tool_choice"], own) if work.turn == 1 else "auto",
        parallel_tool_calls=response["parallel_tool_calls"],
        text_format=response["text"]["format"],
        max_output_tokens=tokens_left(response["max_output_tokens"], work.completion_tokens, "max_output_tokens"),
        temperature=response["temperature"],
        top_p=response["top_p"],
        reasoning_effort=response["reasoning"]["effort"],
    )


def _choice(choice: str | dict[str, Any], own: Mapping[str, Tool]) -> str | dict[str, Any]:
    return choice if isinstance(choice, str) or choice["type"] == "function" else own_choice(choice, own)
