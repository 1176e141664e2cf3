"""What the model is asked for a response: the items of a conversation as one Responses request.

Calls of our own tools, which are hosted tools to the client, become function calls again, with their outputs.
"""

from __future__ import annotations

import json
from typing import Any

from local_api.engine.toolbox import Context, Tool, own_functions
from local_api.engine.turn import Work
from local_api.model.citations import marker
from local_api.model.model import ModelRequest, NoRoom

NAMES = {"file_search_call": "file_search", "code_interpreter_call": "python"}


def question_and_rest(items: list[dict]) -> tuple[list[dict], list[dict]]:
    """What led to the model's latest question, and what has been done about it since.

    An answer without calls is no work on a question: it is part of what leads to the next one.
    """
    ends = [place for place, item in enumerate(items, start=1) if item.get("role", "assistant") != "assistant"]
    place = ends[-1] if ends else 0
    if any(item["type"].endswith("_call") for item in items[place:]):
        return items[:place], items[place:]
    return items, []


def found_in(items: list[dict]) -> list[list[tuple[str, str]]]:
    """What the searches among these items have found, as in `Context`."""
    searches = [item for item in items if item["type"] == "file_search_call"]
    return [[(result["file_id"], result["filename"]) for result in item["results"] or []] for item in searches]


def model_items(items: list[dict]) -> list[dict]:
    """Items as the model is given them.

    Args:
        items: as they are kept, with results and outputs.
    """
    told, searches = [], 0
    for item in items:
        if item["type"] == "file_search_call":
            told += _search(item, searches)
            searches += 1
        else:
            told += TELLERS[item["type"]](item)
    return told


def _message(item: dict) -> list[dict]:
    parts = item["content"]
    content: str | list = parts
    if all("text" in part for part in parts):
        content = "\n".join(part["text"] for part in parts)
    elif item["role"] != "assistant":
        content = [{name: value for name, value in part.items() if value is not None} for part in parts]
    return [{"type": "message", "role": item["role"], "content": content}]


def _function_call(item: dict) -> list[dict]:
    return [{name: item[name] for name in ("type", "call_id", "name", "arguments")}]


def _output(item: dict) -> list[dict]:
    output = item["output"]
    text = output if isinstance(output, str) else "\n".join(part["text"] for part in output)
    return [_output_of(item["call_id"], text)]


def _reasoning(item: dict) -> list[dict]:
    return [{name: value for name, value in item.items() if value is not None}]


def _code(item: dict) -> list[dict]:
    logs = "".join(output["logs"] for output in item["outputs"] or [] if output["type"] == "logs")
    return _own_call(item, {"code": item["code"] or ""}, logs)


def _search(item: dict, number: int) -> list[dict]:
    results = enumerate(item["results"] or [])
    passages = [f"{marker(number, place, result['filename'])}\n{result['text']}" for place, result in results]
    return _own_call(item, {"queries": item["queries"]}, "\n\n".join(passages))


def _own_call(item: dict, arguments: dict[str, Any], output: str) -> list[dict]:
    written = json.dumps(arguments, ensure_ascii=False)
    call = {"type": "function_call", "call_id": item["id"], "name": NAMES[item["type"]], "arguments": written}
    return [call, _output_of(item["id"], output)]


def _output_of(call_id: str, output: str) -> dict:
    return {"type": "function_call_output", "call_id": call_id, "output": output}


TELLERS = {
    "message": _message,
    "function_call": _function_call,
    "function_call_output": _output,
    "reasoning": _reasoning,
    "code_interpreter_call": _code,
}


def model_request(
    response: dict, history: list[dict], work: Work, own: dict[str, Tool], context: Context
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
        own=frozenset(own) | frozenset(NAMES.values()),
        # A choice forces the first call only; after that the model must be free to answer.
        tool_choice=_choice(response["tool_choice"], own) if work.turn == 1 else "auto",
        parallel_tool_calls=response["parallel_tool_calls"],
        text_format=response["text"]["format"],
        max_output_tokens=_left(response["max_output_tokens"], work),
        temperature=response["temperature"],
        top_p=response["top_p"],
        reasoning_effort=response["reasoning"]["effort"],
    )


def _choice(choice: str | dict, own: dict[str, Tool]) -> str | dict:
    if isinstance(choice, str) or choice["type"] == "function":
        return choice
    names = [name for name, tool in own.items() if tool.type == choice["type"]]
    return {"type": "function", "name": names[0]} if names else "auto"


def _left(limit: int | None, work: Work) -> int | None:
    if limit is None:
        return None
    left = limit - (work.usage or {}).get("completion_tokens", 0)
    if left <= 0:
        raise NoRoom("max_output_tokens")
    return left
