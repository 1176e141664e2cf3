"""Assistants, threads, messages, runs and steps as clients see them: every member, in the order of the wire.

These are plain dicts and not the SDK's own types: the types have another order, and lack members that the old
service sent. The tests read every answer through the SDK's types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypedDict

from local_api.engine.toolbox import Reference
from local_api.engine.usage import Usage

# What a file_search tool looks like once the service has filled it in.
RANKING_OPTIONS = {"ranker": "default_2024_08_21", "score_threshold": 0.0, "hybrid_search": None}

Tool = dict[str, Any]  # {"type": …}, with a member of that name for its options
ContentPart = dict[str, Any]  # {"type": …}, with a member of that name for what it shows
ToolResources = dict[str, dict[str, list[str]]]  # by the tool's type: {"file_ids": […]} or {"vector_store_ids": […]}
ToolCall = dict[str, Any]  # {"id": …, "type": …}, with a member of that name for its input and output


class Assistant(TypedDict):
    id: str
    object: Literal["assistant"]
    created_at: int
    name: str | None
    description: str | None
    model: str
    instructions: str | None
    tools: list[Tool]
    top_p: float
    temperature: float
    reasoning_effort: str | None
    tool_resources: ToolResources
    metadata: dict[str, str]
    response_format: str | dict[str, Any]


class Thread(TypedDict):
    id: str
    object: Literal["thread"]
    created_at: int
    metadata: dict[str, str]
    tool_resources: ToolResources


class Reason(TypedDict):
    reason: str


class Message(TypedDict):
    id: str
    object: Literal["thread.message"]
    created_at: int
    assistant_id: str | None
    thread_id: str
    run_id: str | None
    status: str
    incomplete_details: Reason | None
    incomplete_at: int | None
    completed_at: int | None
    role: str
    content: list[ContentPart]
    attachments: list[dict[str, Any]]
    metadata: dict[str, str]


class Error(TypedDict):
    code: str
    message: str


class TruncationStrategy(TypedDict):
    type: str
    last_messages: int | None


class SubmitToolOutputs(TypedDict):
    tool_calls: list[ToolCall]


class RequiredAction(TypedDict):
    type: Literal["submit_tool_outputs"]
    submit_tool_outputs: SubmitToolOutputs


class Run(TypedDict):
    id: str
    object: Literal["thread.run"]
    created_at: int
    assistant_id: str
    thread_id: str
    status: str
    started_at: int | None
    expires_at: int | None
    cancelled_at: int | None
    failed_at: int | None
    completed_at: int | None
    required_action: RequiredAction | None
    last_error: Error | None
    model: str
    instructions: str | None
    tools: list[Tool]
    tool_resources: ToolResources
    metadata: dict[str, str]
    temperature: float
    top_p: float
    reasoning_effort: str | None
    max_completion_tokens: int | None
    max_prompt_tokens: int | None
    truncation_strategy: TruncationStrategy
    incomplete_details: Reason | None
    usage: Usage | None
    response_format: str | dict[str, Any]
    tool_choice: str | dict[str, Any]
    parallel_tool_calls: bool


class Step(TypedDict):
    id: str
    object: Literal["thread.run.step"]
    created_at: int
    run_id: str
    assistant_id: str
    thread_id: str
    type: str
    status: str
    cancelled_at: int | None
    completed_at: int | None
    expired_at: int | None
    expires_at: int | None
    failed_at: int | None
    last_error: Error | None
    step_details: dict[str, Any]
    metadata: dict[str, str]
    usage: Usage | None


def assistant(assistant_id: str, now: int, given: Mapping[str, Any]) -> Assistant:
    """A new assistant from the members that the client gave."""
    tools = [filled_tool(tool) for tool in given.get("tools") or []]
    return {
        "id": assistant_id,
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


def thread(thread_id: str, now: int, given: Mapping[str, Any]) -> Thread:
    """A new thread."""
    return {
        "id": thread_id,
        "object": "thread",
        "created_at": now,
        "metadata": given.get("metadata") or {},
        "tool_resources": filled_resources(given.get("tool_resources")),
    }


def user_message(message_id: str, now: int, thread_id: str, given: Mapping[str, Any]) -> Message:
    """A message that a client adds, complete from the start."""
    message = _message(message_id, now, thread_id, given["role"])
    message["status"] = "completed"
    message["completed_at"] = now
    message["content"] = content_parts(given["content"])
    message["attachments"] = given.get("attachments") or []
    message["metadata"] = given.get("metadata") or {}
    return message


def assistant_message(message_id: str, now: int, run: Run) -> Message:
    """The message that a run begins to write."""
    message = _message(message_id, now, run["thread_id"], "assistant")
    message["assistant_id"] = run["assistant_id"]
    message["run_id"] = run["id"]
    return message


def _message(message_id: str, now: int, thread_id: str, role: str) -> Message:
    return {
        "id": message_id,
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


def content_parts(content: str | Iterable[ContentPart]) -> list[ContentPart]:
    """A request's content as the parts of an answer."""
    if isinstance(content, str):
        return [text_part(content)]
    return [_part(part) for part in content]


def text_part(value: str) -> ContentPart:
    """A text without annotations."""
    return {"type": "text", "text": {"value": value, "annotations": []}}


def picture_part(file_id: str) -> ContentPart:
    """A picture in a message."""
    return {"type": "image_file", "image_file": {"file_id": file_id, "detail": "auto"}}


def annotation(text: str, start: int, target: Reference) -> dict[str, Any]:
    """What a stretch of a message's text points to.

    Args:
        text: the stretch.
        start: where it begins, in code points.
        target: what it points to.
    """
    place = {"text": text, "start_index": start, "end_index": start + len(text)}
    return {"type": target.type, **place, target.type: {"file_id": target.file_id}}


def _part(part: ContentPart) -> ContentPart:
    if part["type"] == "text":
        return text_part(part["text"])
    kind = part["type"]
    return {"type": kind, kind: {"detail": "auto", **part[kind]}}


def run(run_id: str, now: int, thread_id: str, assistant: Assistant, given: Mapping[str, Any], expires_at: int) -> Run:
    """A new run: with what the request says, else with what the assistant says at this moment."""
    members: Mapping[str, Any] = assistant

    def chosen(name: str) -> Any:
        return _or(given.get(name), members[name])

    added = given.get("additional_instructions")
    instructions = chosen("instructions")
    tools, strategy = given.get("tools"), given.get("truncation_strategy") or {}
    return {
        "id": run_id,
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
        # The published contract doesn't say how the two are joined; here they are on lines of their own.
        "instructions": f"{instructions}\n{added}" if instructions and added else instructions or added,
        "tools": assistant["tools"] if tools is None else [filled_tool(tool) for tool in tools],
        "tool_resources": filled_resources(given.get("tool_resources")),
        "metadata": given.get("metadata") or {},
        "temperature": chosen("temperature"),
        "top_p": chosen("top_p"),
        "reasoning_effort": chosen("reasoning_effort"),
        "max_completion_tokens": given.get("max_completion_tokens"),
        "max_prompt_tokens": given.get("max_prompt_tokens"),
        "truncation_strategy": {"type": strategy.get("type", "auto"), "last_messages": strategy.get("last_messages")},
        "incomplete_details": None,
        "usage": None,
        "response_format": chosen("response_format"),
        "tool_choice": _or(given.get("tool_choice"), "auto"),
        "parallel_tool_calls": _or(given.get("parallel_tool_calls"), True),
    }


def step(step_id: str, now: int, run: Run, details: dict[str, Any]) -> Step:
    """A step that a run begins."""
    return {
        "id": step_id,
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


def filled_tool(tool: Tool) -> Tool:
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


def filled_resources(resources: Mapping[str, Any] | None, tools: Sequence[Tool] = ()) -> ToolResources:
    """Tool resources with an empty list where the client gave none, also for a code interpreter among the tools."""
    given = {name: value for name, value in (resources or {}).items() if value is not None}
    filled = {name: {RESOURCES[name]: value.get(RESOURCES[name]) or []} for name, value in given.items()}
    if any(tool["type"] == "code_interpreter" for tool in tools):
        filled.setdefault("code_interpreter", {"file_ids": []})
    return filled


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value
