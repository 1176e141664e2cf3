"""Every documented refusal, through the SDK: status, class, message, param and code; and that none is retried."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import openai
import pytest
from openai import BadRequestError, NotFoundError
from openai.types.beta import Assistant
from openai.types.beta.threads import Run

from contract.talks import (
    begin,
    calls_of,
    cancel,
    finish,
    messages_of,
    outputs_for,
    read,
    skip_time,
    submit,
    thread_with,
    tutor,
    waiting,
)

BETA = {"headers": {"OpenAI-Beta": "assistants=v2"}}


@dataclass
class Scene:
    """A client with objects to do wrong things to, each made when it is first asked for."""

    client: openai.OpenAI

    @property
    def beta(self) -> Any:
        return self.client.beta

    @property
    def threads(self) -> Any:
        return self.client.beta.threads

    @cached_property
    def assistant(self) -> Assistant:
        return tutor(self.client)

    @cached_property
    def mute(self) -> Assistant:
        return tutor(self.client, instructions=None)

    @cached_property
    def thread_id(self) -> str:
        return self.threads.create().id

    @cached_property
    def store_id(self) -> str:
        return self.client.vector_stores.create().id

    @cached_property
    def file_id(self) -> str:
        return self.client.files.create(file=("notes.txt", b"notes"), purpose="assistants").id

    @cached_property
    def run(self) -> Run:
        return begin(self.client, "hi")

    @cached_property
    def waiting(self) -> Run:
        return waiting(self.client)

    def post(self, path: str, body: dict) -> object:
        """A call that the SDK's own methods would not let through."""
        return self.client.post(path, body=body, cast_to=object, options=BETA)

    def start(self, thread_id: str | None = None, assistant_id: str | None = None, **options: Any) -> Run:
        return self.threads.runs.create(
            thread_id=thread_id or self.thread_id, assistant_id=assistant_id or self.assistant.id, **options
        )

    def say(self, **members: Any) -> object:
        return self.threads.messages.create(self.thread_id, **{"role": "user", "content": "hi", **members})


@pytest.fixture
def scene(client: openai.OpenAI) -> Scene:
    return Scene(client)


@dataclass
class Case:
    """A wrong call and the error that answers it; `{}` in the message stands for ids that the test fills in."""

    name: str
    call: Callable[[Scene], object]
    message: str
    param: str | None = None
    code: str | None = None
    status: int = 400


def missing(name: str, call: Callable[[Scene], object], message: str) -> Case:
    return Case(name, call, message, status=404)


def malformed(name: str, call: Callable[[Scene], object], prefix: str) -> Case:
    message = f"Invalid '{name}': 'undefined'. Expected an ID that begins with '{prefix}'."
    return Case(f"malformed {name}", call, message, name, "invalid_value")


def unknown(path: str, call: Callable[[Scene], object]) -> Case:
    return Case(f"unknown {path}", call, f"Unknown parameter: '{path}'.", path, "unknown_parameter")


def lacking(name: str, call: Callable[[Scene], object]) -> Case:
    message = f"Missing required parameter: '{name}'."
    return Case(f"lacking {name}", call, message, name, "missing_required_parameter")


def mistyped(path: str, expected: str, got: str, call: Callable[[Scene], object]) -> Case:
    message = f"Invalid type for '{path}': expected {expected}, but got {got} instead."
    return Case(f"{path}: {got}", call, message, path, "invalid_type")


ASST, THREAD, RUN, MSG, STEP = (
    f"{prefix}_000000000000000000000000" for prefix in ("asst", "thread", "run", "msg", "step")
)
NO_ASSISTANT = f"No assistant found with id '{ASST}'."
NO_THREAD = f"No thread found with id '{THREAD}'."
NO_RUN = f"No run found with id '{RUN}'."
NO_MESSAGE = f"No message found with id '{MSG}'."
NO_STEP = f"No run step found with id '{STEP}'."
NO_HEADER = (
    "You must provide the 'OpenAI-Beta' header to access the Assistants API. "
    "Please try again by setting the header 'OpenAI-Beta: assistants=v2'."
)
FIRST_VERSION = (
    "The v1 Assistants API has been deprecated. Please try again by setting the header 'OpenAI-Beta: assistants=v2'. "
    "See the migration guide for more information: https://platform.openai.com/docs/assistants/migration."
)
NOTHING_TO_SAY = "Run creation requires a Thread with a user message or an assistant with instructions."
NO_RETRIEVAL = "Invalid value: 'retrieval'. Supported values are: 'code_interpreter', 'function', and 'file_search'."
BAD_NAME = (
    "Invalid 'tools[0].function.name': string does not match pattern. "
    "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
)
OLD_HEADER = {"OpenAI-Beta": "assistants=v1"}
NO_BETA = {"OpenAI-Beta": openai.Omit()}

NOT_FOUND = [
    missing("assistants.retrieve", lambda s: s.beta.assistants.retrieve(ASST), NO_ASSISTANT),
    missing("assistants.update", lambda s: s.beta.assistants.update(ASST, name="x"), NO_ASSISTANT),
    missing("assistants.delete", lambda s: s.beta.assistants.delete(ASST), NO_ASSISTANT),
    missing("runs.create", lambda s: s.start(assistant_id=ASST), NO_ASSISTANT),
    missing("threads.create_and_run", lambda s: s.threads.create_and_run(assistant_id=ASST), NO_ASSISTANT),
    missing("threads.retrieve", lambda s: s.threads.retrieve(THREAD), NO_THREAD),
    missing("threads.update", lambda s: s.threads.update(THREAD, metadata={}), NO_THREAD),
    missing("threads.delete", lambda s: s.threads.delete(THREAD), NO_THREAD),
    missing("messages.create", lambda s: s.threads.messages.create(THREAD, role="user", content="hi"), NO_THREAD),
    missing("messages.list", lambda s: s.threads.messages.list(THREAD), NO_THREAD),
    missing("messages of no thread", lambda s: s.threads.messages.retrieve(MSG, thread_id=THREAD), NO_THREAD),
    missing("runs.create in no thread", lambda s: s.start(THREAD, ASST), NO_THREAD),
    missing("runs.list", lambda s: s.threads.runs.list(THREAD), NO_THREAD),
    missing("runs.retrieve in no thread", lambda s: s.threads.runs.retrieve(RUN, thread_id=THREAD), NO_THREAD),
    missing("messages.retrieve", lambda s: s.threads.messages.retrieve(MSG, thread_id=s.thread_id), NO_MESSAGE),
    missing("messages.update", lambda s: s.threads.messages.update(MSG, thread_id=s.thread_id), NO_MESSAGE),
    missing("messages.delete", lambda s: s.threads.messages.delete(MSG, thread_id=s.thread_id), NO_MESSAGE),
    missing("runs.retrieve", lambda s: s.threads.runs.retrieve(RUN, thread_id=s.thread_id), NO_RUN),
    missing("runs.update", lambda s: s.threads.runs.update(RUN, thread_id=s.thread_id), NO_RUN),
    missing("runs.cancel", lambda s: s.threads.runs.cancel(RUN, thread_id=s.thread_id), NO_RUN),
    missing("steps.list", lambda s: s.threads.runs.steps.list(RUN, thread_id=s.thread_id), NO_RUN),
    missing(
        "submit_tool_outputs",
        lambda s: s.threads.runs.submit_tool_outputs(RUN, thread_id=s.thread_id, tool_outputs=[]),
        NO_RUN,
    ),
    missing(
        "steps.retrieve",
        lambda s: s.threads.runs.steps.retrieve(STEP, run_id=s.run.id, thread_id=s.run.thread_id),
        NO_STEP,
    ),
    missing("unknown path", lambda s: s.client.get("/thread", cast_to=object), "Invalid URL (GET /v1/thread)"),
    missing(
        "unknown path below", lambda s: s.post("/assistants/x/files", {}), "Invalid URL (POST /v1/assistants/x/files)"
    ),
]

MALFORMED = [
    malformed("assistant_id", lambda s: s.beta.assistants.retrieve("undefined"), "asst"),
    malformed("assistant_id", lambda s: s.start(assistant_id="undefined"), "asst"),
    Case(
        "id in Korean",
        lambda s: s.beta.assistants.retrieve("도우미%2F é"),
        "Invalid 'assistant_id': '도우미%2F é'. Expected an ID that begins with 'asst'.",
        "assistant_id",
        "invalid_value",
    ),
    malformed("thread_id", lambda s: s.threads.retrieve("undefined"), "thread"),
    malformed("thread_id", lambda s: s.threads.messages.list("undefined"), "thread"),
    malformed("run_id", lambda s: s.threads.runs.retrieve("undefined", thread_id=s.thread_id), "run"),
    malformed("message_id", lambda s: s.threads.messages.retrieve("undefined", thread_id=s.thread_id), "msg"),
    malformed(
        "step_id",
        lambda s: s.threads.runs.steps.retrieve("undefined", run_id=s.run.id, thread_id=s.run.thread_id),
        "step",
    ),
]

BODIES = [
    Case("no beta header", lambda s: s.beta.assistants.list(extra_headers=NO_BETA), NO_HEADER, code="invalid_beta"),
    Case("old beta header", lambda s: s.threads.create(extra_headers=OLD_HEADER), FIRST_VERSION, code="invalid_beta"),
    Case("nothing to say", lambda s: s.start(assistant_id=s.mute.id), NOTHING_TO_SAY, code="invalid_thread"),
    Case(
        "no user message",
        lambda s: s.start(assistant_id=s.mute.id, additional_messages=[{"role": "assistant", "content": "Hello"}]),
        NOTHING_TO_SAY,
        code="invalid_thread",
    ),
    Case(
        "nothing to say in a new thread",
        lambda s: s.threads.create_and_run(assistant_id=s.mute.id),
        NOTHING_TO_SAY,
        code="invalid_thread",
    ),
    unknown("file_ids", lambda s: tutor(s.client, extra_body={"file_ids": []})),
    unknown("file_ids", lambda s: s.beta.assistants.update(s.assistant.id, extra_body={"file_ids": []})),
    unknown("file_ids", lambda s: s.say(extra_body={"file_ids": []})),
    unknown("file_ids", lambda s: s.start(extra_body={"file_ids": []})),
    unknown("messages", lambda s: s.threads.update(s.thread_id, extra_body={"messages": []})),
    unknown("status", lambda s: s.threads.runs.update(s.run.id, thread_id=s.run.thread_id, extra_body={"status": "x"})),
    unknown(
        "tool_resources.file_search.file_ids",
        lambda s: tutor(s.client, tool_resources={"file_search": {"file_ids": []}}),
    ),
    unknown(
        "attachments[0].tools[0].file_search",
        lambda s: s.say(attachments=[{"file_id": "file-x", "tools": [{"type": "file_search", "file_search": {}}]}]),
    ),
    unknown("content[0].value", lambda s: s.say(content=[{"type": "text", "text": "hi", "value": "hi"}])),
    unknown("limits", lambda s: s.beta.assistants.list(extra_query={"limits": 3})),
    Case(
        "retrieval",
        lambda s: tutor(s.client, tools=[{"type": "retrieval"}]),
        NO_RETRIEVAL,
        "tools[0].type",
        "invalid_value",
    ),
    lacking("model", lambda s: s.post("/assistants", {})),
    lacking("assistant_id", lambda s: s.post(f"/threads/{s.thread_id}/runs", {})),
    lacking("assistant_id", lambda s: s.post("/threads/runs", {})),
    lacking("role", lambda s: s.post(f"/threads/{s.thread_id}/messages", {"content": "hi"})),
    lacking("content", lambda s: s.post(f"/threads/{s.thread_id}/messages", {"role": "user"})),
    lacking("messages[0].content", lambda s: s.threads.create(messages=[{"role": "user"}])),
    lacking("tools[0].function", lambda s: tutor(s.client, tools=[{"type": "function"}])),
    lacking("tools[0].type", lambda s: tutor(s.client, tools=[{}])),
    lacking(
        "tool_outputs", lambda s: s.post(f"/threads/{s.waiting.thread_id}/runs/{s.waiting.id}/submit_tool_outputs", {})
    ),
    mistyped("metadata.modified", "a string", "a boolean", lambda s: s.threads.create(metadata={"modified": True})),
    mistyped(
        "metadata.modified", "a string", "null", lambda s: s.threads.update(s.thread_id, metadata={"modified": None})
    ),
    mistyped("metadata", "an object", "a string", lambda s: s.threads.create(metadata="x")),
    mistyped("model", "a string", "an integer", lambda s: tutor(s.client, model=5)),
    mistyped("tools", "an array", "an object", lambda s: tutor(s.client, tools={"type": "function"})),
    mistyped("instructions", "a string", "an array", lambda s: s.start(instructions=["Be brief."])),
    mistyped("stream", "a boolean", "a string", lambda s: s.start(stream="yes")),
    mistyped(
        "tool_outputs[0].output",
        "a string",
        "an object",
        lambda s: submit(s.client, s.waiting, outputs_for(s.waiting, {"degrees": 18})),
    ),
    Case(
        "bad function name",
        lambda s: tutor(s.client, tools=[{"type": "function", "function": {"name": "get weather"}}]),
        BAD_NAME,
        "tools[0].function.name",
        "invalid_value",
    ),
]


@pytest.mark.parametrize("case", [*NOT_FOUND, *MALFORMED, *BODIES], ids=lambda case: case.name)
def test_a_mistake_gets_its_documented_error(scene, wire, case):
    with pytest.raises(openai.APIStatusError) as caught:
        case.call(scene)
    error = caught.value
    assert type(error) is {400: BadRequestError, 404: NotFoundError}[case.status]
    assert error.body == {
        "message": case.message,
        "type": "invalid_request_error",
        "param": case.param,
        "code": case.code,
    }
    assert error.request_id == wire[-1].headers["x-request-id"]
    assert [exchange.status for exchange in wire].count(case.status) == 1


NO_JSON = {
    "cut off": b"{",
    "not UTF-8": b"\xff\xfe",
    "not a number": b'{"tools": [{"type": "function", "function": {"name": "f", "parameters": {"a": NaN}}}]}',
    "infinite": b'{"metadata": {}, "temperature": Infinity}',
    "nested without end": b"[" * 100_000,
    "larger than any number": b'{"model": "m", "temperature": 1e999}',
    "half a character as it is": b'{"model": "m", "name": "\xed\xa0\x80"}',
    "half a character in UTF-16": '{"model": "m", "name": "\\ud800"}'.encode("utf-16"),
    "UTF-32": '{"model": "m"}'.encode("utf-32"),
}


def post_raw(client: openai.OpenAI, content: bytes) -> object:
    headers = {**BETA["headers"], "content-type": "application/json"}
    return client.post("/assistants", content=content, cast_to=object, options={"headers": headers})


@pytest.mark.parametrize("content", NO_JSON.values(), ids=NO_JSON)
def test_a_body_that_is_no_json_is_refused(client, content):
    with pytest.raises(BadRequestError, match="We could not parse the JSON body of your request"):
        post_raw(client, content)


def nested(depth: int) -> bytes:
    """A function whose parameters lie so deep."""
    parameters = b'{"a": ' * depth + b"1" + b"}" * depth
    return b'{"model": "m", "tools": [{"type": "function", "function": {"name": "f", "parameters": %s}}]}' % parameters


def test_a_body_may_be_deep_but_not_too_deep(client):
    made = client.beta.assistants.retrieve(post_raw(client, nested(90))["id"])
    assert json.dumps(made.tools[0].function.parameters) == nested(90).decode().partition('parameters": ')[2][:-4]
    for depth in (100, 300, 900):
        with pytest.raises(BadRequestError, match="nested too deeply: at most 100 levels"):
            post_raw(client, nested(depth))


@pytest.mark.parametrize("path", ["/v1//assistants", "/v1/assistants//"])
def test_an_empty_part_of_a_path_leads_nowhere(client, path):
    with pytest.raises(NotFoundError, match="Invalid URL"):
        client.get(f"http://local{path}", cast_to=object)


HALF = b'"\\ud800"'  # half of a character: JSON can write it, no text can hold it


@pytest.mark.parametrize("content", [
    b"[]",
    b'"x"',
    b"5",
    b'{"model": "m", "name": %s}' % HALF,
    b'{"model": "m", "metadata": {%s: "x"}}' % HALF,
    b'{"model": "m", "tools": [{"type": "function", "function": {"name": "f", "parameters": {"a": %s}}}]}' % HALF,
])  # fmt: skip
def test_a_body_that_is_json_but_no_request_is_refused(client, content):
    with pytest.raises(BadRequestError):
        post_raw(client, content)


@pytest.mark.parametrize("seconds", [0, -1, 10**20, 1.5, "1", None])
def test_time_skips_are_whole_seconds_within_reason(client, seconds):
    with pytest.raises(BadRequestError):
        client.post("/local/skip_time", body={"seconds": seconds}, cast_to=object)
    client.beta.threads.create()


def test_objects_are_found_under_their_own_parents_only(client):
    run, other = finish(client, begin(client, "hi")), thread_with(client)
    message = messages_of(client, run)[0]
    for call in (
        lambda: client.beta.threads.runs.retrieve(run.id, thread_id=other.id),
        lambda: client.beta.threads.messages.retrieve(message.id, thread_id=other.id),
        lambda: client.beta.threads.messages.delete(message.id, thread_id=other.id),
    ):
        with pytest.raises(NotFoundError):
            call()


def test_a_refused_run_leaves_no_message_behind(scene):
    with pytest.raises(BadRequestError):
        scene.start(assistant_id=scene.mute.id, additional_messages=[{"role": "assistant", "content": "Hello"}])
    assert scene.threads.messages.list(scene.thread_id).data == []


def test_what_is_wrong_is_told_in_the_documented_order(scene):
    run = scene.waiting
    with pytest.raises(NotFoundError, match=NO_THREAD):
        scene.start(THREAD, ASST)
    with pytest.raises(NotFoundError, match=NO_ASSISTANT):
        scene.start(run.thread_id, ASST)
    with pytest.raises(BadRequestError, match="already has an active run"):
        scene.start(run.thread_id, scene.mute.id)


# --- locks ---

LOCKED = {
    "queued": lambda client: begin(client, "hi"),
    "in_progress": lambda client: read(client, begin(client, "hi")),
    "requires_action": waiting,
    "cancelling": lambda client: cancel(client, begin(client, "hi")),
}


@pytest.mark.parametrize("status", LOCKED)
def test_a_message_is_refused_while_a_run_is_active_and_not_retried(client, wire, status):
    run = LOCKED[status](client)
    assert run.status == status
    wire.clear()
    with pytest.raises(BadRequestError) as caught:
        client.beta.threads.messages.create(run.thread_id, role="user", content="hi")
    assert caught.value.body == error_body(f"Can't add messages to {run.thread_id} while a run {run.id} is active.")
    assert [exchange.status for exchange in wire] == [400]


@pytest.mark.parametrize("status", LOCKED)
def test_a_second_run_is_refused_while_a_run_is_active_and_not_retried(client, wire, status):
    run = LOCKED[status](client)
    assert run.status == status
    wire.clear()
    with pytest.raises(BadRequestError) as caught:
        client.beta.threads.runs.create(thread_id=run.thread_id, assistant_id=run.assistant_id)
    assert caught.value.body == error_body(f"Thread {run.thread_id} already has an active run {run.id}.")
    assert [exchange.status for exchange in wire] == [400]


def error_body(message: str) -> dict:
    return {"message": message, "type": "invalid_request_error", "param": None, "code": None}


# --- tool outputs and cancelling ---

WRONG_OUTPUTS = {
    "none": lambda ids: [],
    "one of two": lambda ids: ids[:1],
    "an unknown one": lambda ids: [ids[0], "call_000000000000000000000000"],
    "one too many": lambda ids: [*ids, "call_000000000000000000000000"],
    "one twice": lambda ids: [ids[0], ids[0]],
    "both and one twice": lambda ids: [*ids, ids[1]],
}


@pytest.mark.parametrize("choose", WRONG_OUTPUTS.values(), ids=WRONG_OUTPUTS)
def test_outputs_must_match_the_waiting_calls(client, choose):
    run = waiting(client)
    got = choose(calls_of(run))
    with pytest.raises(BadRequestError) as caught:
        submit(client, run, [{"tool_call_id": id, "output": "18"} for id in got])
    message = f"Expected tool outputs for call_ids {calls_of(run)}, got {got}"
    assert caught.value.body == error_body(message)
    assert read(client, run) == run


def expired(client: openai.OpenAI) -> Run:
    run = waiting(client)
    skip_time(client, 601)
    return read(client, run)


ENDED = {
    "completed": lambda client: finish(client, begin(client, "hi")),
    "failed": lambda client: finish(client, begin(client, "Tell me all")),
    "incomplete": lambda client: finish(client, begin(client, "Talk on", max_completion_tokens=256)),
    "cancelled": lambda client: finish(client, cancel(client, begin(client, "hi"))),
    "expired": expired,
}
NOT_WAITING = {**ENDED, **{status: LOCKED[status] for status in ("queued", "in_progress", "cancelling")}}
NOT_CANCELLABLE = {**ENDED, "cancelling": LOCKED["cancelling"]}


@pytest.mark.parametrize("status", NOT_WAITING)
def test_outputs_are_refused_by_status_before_anything_else(client, status):
    run = NOT_WAITING[status](client)
    assert run.status == status
    with pytest.raises(BadRequestError) as caught:
        submit(client, run, [{"tool_call_id": "call_bogus", "output": "18"}])
    assert caught.value.body == error_body(f'Runs in status "{status}" do not accept tool outputs.')


@pytest.mark.parametrize("status", NOT_CANCELLABLE)
def test_a_run_that_stops_or_has_ended_cannot_be_cancelled(client, status):
    run = NOT_CANCELLABLE[status](client)
    assert run.status == status
    with pytest.raises(BadRequestError) as caught:
        cancel(client, run)
    assert caught.value.body == error_body(f"Cannot cancel run with status '{status}'.")


# --- anything at all ---

VALUES = [None, True, 5, 1.5, -1, 10**20, "", "x", [], {}, [None], [5], ["x"], [[]], [{}], {"": None}, {"type": "x"}]
VALUES += [[{"type": kind}] for kind in (None, 5, [], {}, "function", "text", "file_search")]
VALUES += [{"type": kind} for kind in (None, 5, [], {}, "function", "json_schema", "last_messages", "static", "and")]
VALUES += [{"type": "eq", "key": "a", "value": value} for value in (None, [], {}, 10**400)]
MEMBERS = {
    "/assistants": "model name description instructions tools tool_resources metadata temperature top_p "
    "response_format reasoning_effort",
    "/threads": "messages tool_resources metadata",
    "/threads/{thread}/messages": "role content attachments metadata",
    "/threads/{thread}/runs": "assistant_id model instructions additional_instructions additional_messages tools "
    "metadata temperature top_p stream max_prompt_tokens max_completion_tokens truncation_strategy tool_choice "
    "parallel_tool_calls response_format reasoning_effort",
    "/threads/runs": "assistant_id thread tools tool_resources stream tool_choice",
    "/threads/{run.thread_id}/runs/{run.id}/submit_tool_outputs": "tool_outputs stream",
    "/assistants/{assistant}": "model tools metadata response_format tool_resources",
    "/threads/{thread}": "tool_resources metadata",
    "/vector_stores": "file_ids name description expires_after chunking_strategy metadata",
    "/vector_stores/{store}": "name expires_after metadata",
    "/vector_stores/{store}/search": "query max_num_results rewrite_query filters ranking_options",
    "/vector_stores/{store}/files": "file_id attributes chunking_strategy",
    "/vector_stores/{store}/file_batches": "file_ids files attributes chunking_strategy",
}


@pytest.mark.parametrize("path", MEMBERS)
def test_no_value_of_any_member_is_answered_with_a_fault(scene, path):
    members = MEMBERS[path].split()
    whole = {"model": "m", "role": "user", "content": "hi", "assistant_id": scene.assistant.id, "tool_outputs": []}
    whole |= {"query": "x", "file_id": scene.file_id}
    body = {name: value for name, value in whole.items() if name in members}
    refused = 0
    for name in members:
        for value in VALUES:
            thread = thread_with(scene.client, "hi")
            filled = path.format(
                thread=thread.id, assistant=scene.assistant.id, run=scene.waiting, store=scene.store_id
            )
            refused += is_refused(scene, filled, {**body, name: value})
    assert refused > len(members)


def is_refused(scene: Scene, path: str, body: dict) -> bool:
    """Whether this is answered with 400 or 404; any other answer but 200 raises. A run that begins is ended."""
    try:
        made = scene.client.post(path, body=body, cast_to=object, options=BETA)
    except (BadRequestError, NotFoundError):
        return True
    if isinstance(made, dict) and made["object"] == "thread.run":
        scene.threads.runs.poll(made["id"], thread_id=made["thread_id"])
    return False
