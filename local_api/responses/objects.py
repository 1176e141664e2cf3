"""Responses, conversations and their items as clients see them, in the order of the wire.

The results of searches and the outputs of code are kept whole, and left out on the way to clients who did not ask.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from local_api.engine.toolbox import Reference

RANKING = {"ranker": "auto", "score_threshold": 0.0}
# What `include` brings to light: by the type of item, the word that asks for it and the member.
HIDDEN = {
    "file_search_call": ("file_search_call.results", "results"),
    "code_interpreter_call": ("code_interpreter_call.outputs", "outputs"),
}
KINDS = {"file_search": "file_search_call", "code_interpreter": "code_interpreter_call"}  # items, by their tools


def response(id: str, now: int, given: dict[str, Any], tools: list[dict], conversation_id: str | None) -> dict:
    """A new response from the members that the client gave.

    Args:
        id: its id.
        now: the time, in seconds.
        given: the checked members of the request.
        tools: its tools, filled in.
        conversation_id: the conversation that it goes with, if any.
    """

    def chosen(name: str, default: Any = None) -> Any:
        return default if given.get(name) is None else given[name]

    text = chosen("text", {})
    return {
        "id": id,
        "object": "response",
        "created_at": now,
        "status": "queued" if given.get("background") else "in_progress",
        "background": chosen("background", False),
        "completed_at": None,
        "conversation": {"id": conversation_id} if conversation_id else None,
        "error": None,
        "incomplete_details": None,
        "instructions": chosen("instructions"),
        "max_output_tokens": chosen("max_output_tokens"),
        "model": given["model"],
        "output": [],
        "parallel_tool_calls": chosen("parallel_tool_calls", True),
        "previous_response_id": chosen("previous_response_id"),
        "prompt_cache_key": chosen("prompt_cache_key"),
        "reasoning": {"effort": None, "summary": None, **chosen("reasoning", {})},
        "safety_identifier": chosen("safety_identifier"),
        "service_tier": chosen("service_tier", "default"),
        "store": chosen("store", True),
        "temperature": chosen("temperature", 1.0),
        "text": {"format": text.get("format") or {"type": "text"}, "verbosity": text.get("verbosity") or "medium"},
        "tool_choice": chosen("tool_choice", "auto"),
        "tools": tools,
        "top_p": chosen("top_p", 1.0),
        "truncation": chosen("truncation", "disabled"),
        "usage": None,
        "user": chosen("user"),
        "metadata": chosen("metadata", {}),
    }


def filled_tool(tool: dict[str, Any]) -> dict:
    """A tool with the members that the service adds."""
    if tool["type"] == "function":
        parameters = tool.get("parameters") or {"type": "object", "properties": {}}
        strict = _is_closed(parameters) if tool.get("strict") is None else tool["strict"]
        described = {"description": tool.get("description"), "parameters": parameters, "strict": strict}
        return {"type": "function", "name": tool["name"], **described}
    if tool["type"] == "file_search":
        ranking = {**RANKING, **(tool.get("ranking_options") or {})}
        limit, filters = tool.get("max_num_results") or 20, tool.get("filters")
        return {**tool, "filters": filters, "max_num_results": limit, "ranking_options": ranking}
    return tool


def _is_closed(schema: dict[str, Any]) -> bool:
    # The service makes a function strict where nobody said, and rewrites its schema for that. Here a schema stays as
    # it is, and the function is strict if the schema already is.
    properties = schema.get("properties") or {}
    return schema.get("additionalProperties") is False and set(schema.get("required") or []) == set(properties)


def usage(counted: dict[str, Any] | None) -> dict:
    """Token counts of a response, from those that the loop keeps."""
    counted = counted or {}
    read, written = counted.get("prompt_tokens", 0), counted.get("completion_tokens", 0)
    cached = counted.get("prompt_token_details", {}).get("cached_tokens", 0)
    thought = counted.get("completion_tokens_details", {}).get("reasoning_tokens", 0)
    return {
        "input_tokens": read,
        "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": thought},
        "total_tokens": read + written,
    }


# --- items ---


def item(id: str, given: dict[str, Any]) -> dict:
    """An item that the client gives, whole.

    Args:
        id: its id.
        given: its checked members.
    """
    kind = given.get("type", "message")
    if kind == "message":
        role = given["role"]
        content = [_part(part) for part in _parts(given["content"], role)]
        return {"id": id, "type": kind, "status": given.get("status") or "completed", "role": role, "content": content}
    if kind == "reasoning":
        return reasoning(id, given)
    whole = {name: value for name, value in given.items() if name not in ("id", "type", "status")}
    if kind in HIDDEN:
        whole.setdefault(HIDDEN[kind][1], None)
    return {"id": id, "type": kind, "status": given.get("status") or "completed", **whole}


def _parts(content: str | list[dict], role: str) -> list[dict]:
    if isinstance(content, str):
        return [{"type": "output_text" if role == "assistant" else "input_text", "text": content}]
    return content


def _part(part: dict) -> dict:
    if part["type"] == "output_text":
        return {**text_part(), **part, "logprobs": []}
    return {"detail": "auto", "file_id": None, "image_url": None, **part} if part["type"] == "input_image" else part


def message(id: str) -> dict:
    """The message that the model begins to write."""
    return {"id": id, "type": "message", "status": "in_progress", "role": "assistant", "content": []}


def text_part() -> dict:
    """An empty text of the model's."""
    return {"type": "output_text", "text": "", "annotations": [], "logprobs": []}


def function_call(id: str, call_id: str, name: str) -> dict:
    """A call of a client's function, whose arguments are still to come."""
    head = {"id": id, "type": "function_call", "status": "in_progress"}
    return {**head, "call_id": call_id, "name": name, "arguments": ""}


def file_search_call(id: str) -> dict:
    """A search that begins."""
    return {"id": id, "type": "file_search_call", "status": "in_progress", "queries": [], "results": None}


def code_interpreter_call(id: str, container_id: str) -> dict:
    """A run of code that begins."""
    head = {"id": id, "type": "code_interpreter_call", "status": "in_progress"}
    return {**head, "container_id": container_id, "code": "", "outputs": None}


def reasoning(id: str, given: dict[str, Any]) -> dict:
    """What the model thought, as far as it is told."""
    content = {name: given[name] for name in ("content", "encrypted_content") if given.get(name)}
    return {"id": id, "type": "reasoning", "summary": given.get("summary") or [], **content}


def annotation(place: int, text: str, target: Reference, container_id: str | None) -> dict:
    """What a stretch of a text points to; a citation of a searched file has only a position.

    Args:
        place: where the stretch begins, in code points.
        text: the stretch.
        target: to what.
        container_id: where the code ran.
    """
    file = {"file_id": target.file_id, "filename": target.filename}
    if target.type == "file_citation":
        return {"type": "file_citation", **file, "index": place}
    ends = {"start_index": place, "end_index": place + len(text)}
    return {"type": "container_file_citation", "container_id": container_id, **file, **ends}


def shown_item(item: dict, include: Iterable[str]) -> dict:
    """An item without what the client did not ask for."""
    word, member = HIDDEN.get(item["type"], (None, None))
    return item if word is None or word in include else {**item, member: None}


def shown(response: dict, include: Iterable[str]) -> dict:
    """A response without what the client did not ask for."""
    return {**response, "output": [shown_item(item, include) for item in response["output"]]}


# --- conversations ---


def conversation(id: str, now: int, metadata: dict[str, str]) -> dict:
    """A new conversation."""
    return {"id": id, "object": "conversation", "created_at": now, "metadata": metadata}
