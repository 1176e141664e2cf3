"""The objects as clients see them: every member, in the order of the wire.

These are plain dicts and not the SDK's own types: the types have another order, and lack members that the old
service sent. The tests read every answer through the SDK's types.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from local_api.engine.toolbox import Reference

# What a file_search tool looks like once the service has filled it in.
RANKING_OPTIONS = {"ranker": "default_2024_08_21", "score_threshold": 0.0, "hybrid_search": None}


def assistant(id: str, now: int, given: dict[str, Any]) -> dict:
    """A new assistant from the members that the client gave."""
    tools = [filled_tool(tool) for tool in given.get("tools") or []]
    return {
        "id": id,
        "object": "assistant",
        "created_at": now,
        "name": given.get("name"),
        "description": given.get("description"),
        "model": given["model"],
        "instructions": given.get("instructions"),
        "tools": tools,
        "top_p": _or(given.get("top_p"), 1.0),
        "temperature": _or(given.get("temperature"), 1.0),
        "reasoning_effort": given.get("reasoning_effort"),
        "tool_resources": filled_resources(given.get("tool_resources"), tools),
        "metadata": given.get("metadata") or {},
        "response_format": _or(given.get("response_format"), "auto"),
    }


def thread(id: str, now: int, given: dict[str, Any]) -> dict:
    """A new thread."""
    return {
        "id": id,
        "object": "thread",
        "created_at": now,
        "metadata": given.get("metadata") or {},
        "tool_resources": filled_resources(given.get("tool_resources")),
    }


def user_message(id: str, now: int, thread_id: str, given: dict[str, Any]) -> dict:
    """A message that a client adds, whole from the start."""
    message = _message(id, now, thread_id, given["role"])
    message["status"] = "completed"
    message["completed_at"] = now
    message["content"] = content_parts(given["content"])
    message["attachments"] = given.get("attachments") or []
    message["metadata"] = given.get("metadata") or {}
    return message


def assistant_message(id: str, now: int, run: dict) -> dict:
    """The message that a run begins to write."""
    message = _message(id, now, run["thread_id"], "assistant")
    message["assistant_id"] = run["assistant_id"]
    message["run_id"] = run["id"]
    return message


def _message(id: str, now: int, thread_id: str, role: str) -> dict:
    return {
        "id": id,
        "object": "thread.message",
        "created_at": now,
        "assistant_id": None,
        "thread_id": thread_id,
        "run_id": None,
        "status": "in_progress",
        "incomplete_details": None,
        "incomplete_at": None,
        "completed_at": None,
        "role": role,
        "content": [],
        "attachments": [],
        "metadata": {},
    }


def content_parts(content: str | list[dict]) -> list[dict]:
    """A request's content as the parts of an answer."""
    if isinstance(content, str):
        return [text_part(content)]
    return [_part(part) for part in content]


def text_part(value: str) -> dict:
    """A text without annotations."""
    return {"type": "text", "text": {"value": value, "annotations": []}}


def picture_part(file_id: str) -> dict:
    """A picture in a message."""
    return {"type": "image_file", "image_file": {"file_id": file_id, "detail": "auto"}}


def annotation(text: str, start: int, target: Reference) -> dict:
    """What a stretch of a message's text points to.

    Args:
        text: the stretch.
        start: where it begins, in code points.
        target: to what.
    """
    place = {"text": text, "start_index": start, "end_index": start + len(text)}
    return {"type": target.type, **place, target.type: {"file_id": target.file_id}}


def _part(part: dict) -> dict:
    if part["type"] == "text":
        return text_part(part["text"])
    kind = part["type"]
    return {"type": kind, kind: {"detail": "auto", **part[kind]}}


def run(id: str, now: int, thread_id: str, assistant: dict, given: dict[str, Any], expires_at: int) -> dict:
    """A new run: what the request says, else what the assistant says, fixed at this moment."""

    def chosen(name: str) -> Any:
        return _or(given.get(name), assistant[name])

    added = given.get("additional_instructions")
    instructions = chosen("instructions")
    tools = given.get("tools")
    return {
        "id": id,
        "object": "thread.run",
        "created_at": now,
        "assistant_id": assistant["id"],
        "thread_id": thread_id,
        "status": "queued",
        "started_at": None,
        "expires_at": expires_at,
        "cancelled_at": None,
        "failed_at": None,
        "completed_at": None,
        "required_action": None,
        "last_error": None,
        "model": chosen("model"),
        # An open point of the contract: the additional instructions are shown appended, on a line of their own.
        "instructions": f"{instructions}\n{added}" if instructions and added else instructions or added,
        "tools": assistant["tools"] if tools is None else [filled_tool(tool) for tool in tools],
        "tool_resources": filled_resources(given.get("tool_resources")),
        "metadata": given.get("metadata") or {},
        "temperature": chosen("temperature"),
        "top_p": chosen("top_p"),
        "reasoning_effort": chosen("reasoning_effort"),
        "max_completion_tokens": given.get("max_completion_tokens"),
        "max_prompt_tokens": given.get("max_prompt_tokens"),
        "truncation_strategy": {
            "type": "auto",
            "last_messages": None,
            **(given.get("truncation_strategy") or {}),
        },
        "incomplete_details": None,
        "usage": None,
        "response_format": chosen("response_format"),
        "tool_choice": _or(given.get("tool_choice"), "auto"),
        "parallel_tool_calls": _or(given.get("parallel_tool_calls"), True),
    }


def step(id: str, now: int, run: dict, details: dict) -> dict:
    """A step that a run begins."""
    return {
        "id": id,
        "object": "thread.run.step",
        "created_at": now,
        "run_id": run["id"],
        "assistant_id": run["assistant_id"],
        "thread_id": run["thread_id"],
        "type": details["type"],
        "status": "in_progress",
        "cancelled_at": None,
        "completed_at": None,
        "expired_at": None,
        "expires_at": run["expires_at"],
        "failed_at": None,
        "last_error": None,
        "step_details": details,
        "metadata": {},
        "usage": None,
    }


def deleted(object: str, id: str) -> dict:
    """The answer to a DELETE."""
    return {"id": id, "object": f"{object}.deleted", "deleted": True}


def list_of(data: list[dict], has_more: bool) -> dict:
    """A page of objects."""
    return {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": has_more,
    }


def filled_tool(tool: dict) -> dict:
    """A tool with the members that the service adds."""
    if tool["type"] == "function":
        function = dict(tool["function"])
        function["parameters"] = function.get("parameters") or {"type": "object", "properties": {}}
        function["strict"] = bool(function.get("strict"))
        return {"type": "function", "function": function}
    if tool["type"] == "file_search":
        options = {name: value for name, value in (tool.get("file_search") or {}).items() if value is not None}
        options["ranking_options"] = {**RANKING_OPTIONS, **options.get("ranking_options", {})}
        return {"type": "file_search", "file_search": options}
    return tool


# What the resources of a tool are a list of.
RESOURCES = {"code_interpreter": "file_ids", "file_search": "vector_store_ids"}


def filled_resources(resources: dict | None, tools: Iterable[dict] = ()) -> dict:
    """Tool resources with an empty list where nothing is said, and one of files where a code interpreter has none."""
    given = {name: value for name, value in (resources or {}).items() if value is not None}
    resources = {name: {RESOURCES[name]: value.get(RESOURCES[name]) or []} for name, value in given.items()}
    if any(tool["type"] == "code_interpreter" for tool in tools):
        resources.setdefault("code_interpreter", {"file_ids": []})
    return resources


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value
