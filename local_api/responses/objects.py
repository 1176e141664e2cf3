"""Responses, conversations and their items as clients see them, in the order of the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from local_api.engine.toolbox import Reference
from local_api.engine.usage import Usage, tokens_of

RANKING = {"ranker": "auto", "score_threshold": 0.0}

Item = dict[str, Any]  # its members depend on its type, and on the hosted tool that it is a call of


class ConversationId(TypedDict):
    id: str


class InputTokensDetails(TypedDict):
    cached_tokens: int
    cache_write_tokens: int


class OutputTokensDetails(TypedDict):
    reasoning_tokens: int


class ResponseUsage(TypedDict):
    input_tokens: int
    input_tokens_details: InputTokensDetails
    output_tokens: int
    output_tokens_details: OutputTokensDetails
    total_tokens: int


class Response(TypedDict):
    id: str
    object: Literal["response"]
    created_at: int
    status: str
    background: bool
    completed_at: int | None
    conversation: ConversationId | None
    error: dict[str, str] | None
    incomplete_details: dict[str, str] | None
    instructions: str | None
    max_output_tokens: int | None
    model: str
    output: list[Item]
    parallel_tool_calls: bool
    previous_response_id: str | None
    prompt_cache_key: str | None
    reasoning: dict[str, Any]
    safety_identifier: str | None
    service_tier: str
    store: bool
    temperature: float
    text: dict[str, Any]
    tool_choice: str | dict[str, Any]
    tools: list[dict[str, Any]]
    top_p: float
    truncation: str
    usage: ResponseUsage | None
    user: str | None
    metadata: dict[str, str]


class Conversation(TypedDict):
    id: str
    object: Literal["conversation"]
    created_at: int
    metadata: dict[str, str]


def response(
    response_id: str, now: int, given: Mapping[str, Any], tools: list[dict[str, Any]], conversation_id: str | None
) -> Response:
    """A new response from the members that the client gave.

    Args:
        response_id: its id.
        now: the time, in seconds since 1970.
        given: the checked members of the request.
        tools: its tools, filled in.
        conversation_id: the conversation that it belongs to, if any.
    """

    def chosen(name: str, default: Any = None) -> Any:
        return default if given.get(name) is None else given[name]

    text = chosen("text", {})
    return {
        "id": response_id,
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


def filled_tool(tool: dict[str, Any]) -> dict[str, Any]:
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


def _is_closed(schema: Mapping[str, Any]) -> bool:
    # The service makes a function strict where the client doesn't say, and rewrites its schema for that. Here a
    # schema stays as it is, and the function is strict if its schema already is.
    properties = schema.get("properties") or {}
    return schema.get("additionalProperties") is False and set(schema.get("required") or []) == set(properties)


def usage(counted: Usage | None) -> ResponseUsage:
    """Token counts of a response, from those that the loop keeps."""
    counted = counted or tokens_of(0, 0)
    return {
        "input_tokens": counted["prompt_tokens"],
        "input_tokens_details": {
            "cached_tokens": counted["prompt_token_details"]["cached_tokens"],
            "cache_write_tokens": 0,
        },
        "output_tokens": counted["completion_tokens"],
        "output_tokens_details": {"reasoning_tokens": counted["completion_tokens_details"]["reasoning_tokens"]},
        "total_tokens": counted["total_tokens"],
    }


# --- items ---


def given_item(item_id: str, given: Mapping[str, Any], optional: str | None) -> Item:
    """An item that the client gave, complete.

    Args:
        item_id: its id.
        given: its checked members.
        optional: the member that may be missing, for a call of a hosted tool.
    """
    kind = given.get("type", "message")
    if kind == "message":
        role = given["role"]
        content = [_part(part) for part in _parts(given["content"], role)]
        head = {"id": item_id, "type": kind, "status": given.get("status") or "completed"}
        return {**head, "role": role, "content": content}
    if kind == "reasoning":
        return reasoning(item_id, given)
    members = {name: value for name, value in given.items() if name not in ("id", "type", "status")}
    if optional:
        members.setdefault(optional, None)
    return {"id": item_id, "type": kind, "status": given.get("status") or "completed", **members}


def _parts(content: str | list[dict[str, Any]], role: str) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "output_text" if role == "assistant" else "input_text", "text": content}]
    return content


def _part(part: dict[str, Any]) -> dict[str, Any]:
    if part["type"] == "output_text":
        return {**text_part(), **part, "logprobs": []}
    return {"detail": "auto", "file_id": None, "image_url": None, **part} if part["type"] == "input_image" else part


def message(item_id: str) -> Item:
    """The message that the model begins to write."""
    return {"id": item_id, "type": "message", "status": "in_progress", "role": "assistant", "content": []}


def text_part() -> dict[str, Any]:
    """An empty text of the model's."""
    return {"type": "output_text", "text": "", "annotations": [], "logprobs": []}


def function_call(item_id: str, call_id: str, name: str) -> Item:
    """A call of a client's function, whose arguments are still to come."""
    head = {"id": item_id, "type": "function_call", "status": "in_progress"}
    return {**head, "call_id": call_id, "name": name, "arguments": ""}


def hosted_call(item_id: str, item_type: str, members: Mapping[str, Any]) -> Item:
    """A call of a hosted tool that begins."""
    return {"id": item_id, "type": item_type, "status": "in_progress", **members}


def reasoning(item_id: str, given: Mapping[str, Any]) -> Item:
    """What the model thought, as far as it says."""
    content = {name: given[name] for name in ("content", "encrypted_content") if given.get(name)}
    return {"id": item_id, "type": "reasoning", "summary": given.get("summary") or [], **content}


def annotation(place: int, text: str, target: Reference, container_id: str | None) -> dict[str, Any]:
    """What a stretch of a text points to; a citation of a searched file has only a position.

    Args:
        place: where the stretch begins, in code points.
        text: the stretch.
        target: what it points to.
        container_id: where the code ran.
    """
    file = {"file_id": target.file_id, "filename": target.filename}
    if target.type == "file_citation":
        return {"type": "file_citation", **file, "index": place}
    ends = {"start_index": place, "end_index": place + len(text)}
    return {"type": "container_file_citation", "container_id": container_id, **file, **ends}


# --- conversations ---


def conversation(conversation_id: str, now: int, metadata: dict[str, str]) -> Conversation:
    """A new conversation."""
    return {"id": conversation_id, "object": "conversation", "created_at": now, "metadata": metadata}
