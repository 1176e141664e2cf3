"""Assistants, threads, messages, runs and steps as objects: members, defaults, limits, lists, changes, ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import openai
import pytest
from openai import BadRequestError, NotFoundError

from contract.talks import (
    HELLO,
    TOOL,
    TUTOR,
    ask,
    begin,
    finish,
    messages_of,
    outputs_for,
    read,
    steps_of,
    submit,
    text_of,
    thread_with,
    tutor,
    waiting,
)

JSON_SCHEMA = {
    "type": "json_schema",
    "json_schema": {"name": "city", "description": "A city.", "schema": {"type": "object"}, "strict": True},
}
RANKING = {"ranker": "default_2024_08_21", "score_threshold": 0.0, "hybrid_search": None}

ASSISTANT_DEFAULTS = {
    "object": "assistant",
    "name": None,
    "description": None,
    "model": "gpt-6-luna",
    "instructions": None,
    "tools": [],
    "top_p": 1.0,
    "temperature": 1.0,
    "reasoning_effort": None,
    "tool_resources": {},
    "metadata": {},
    "response_format": "auto",
}
ASSISTANT_GIVEN = {
    "name": "수학 tutor",
    "description": "Explains.",
    "instructions": "Be brief.",
    "tools": [TOOL],
    "top_p": 0.5,
    "temperature": 0.0,
    "reasoning_effort": "low",
    "metadata": {"class": "3b"},
    "response_format": JSON_SCHEMA,
}


def without(value: dict, *names: str) -> dict:
    return {name: member for name, member in value.items() if name not in names}


def all_null(*names: str) -> dict:
    return dict.fromkeys(names)


# --- assistants ---


@pytest.mark.parametrize("nothing", [{}, all_null(*without(ASSISTANT_DEFAULTS, "object", "model"))])
def test_an_assistant_has_defaults(client, nothing):
    assistant = client.beta.assistants.create(model="gpt-6-luna", **nothing)
    assert without(assistant.to_dict(), "id", "created_at") == ASSISTANT_DEFAULTS
    assert client.beta.assistants.retrieve(assistant.id) == assistant


def test_an_assistant_keeps_what_it_was_given(client):
    assistant = client.beta.assistants.create(model="gpt-4o", **ASSISTANT_GIVEN)
    assert without(assistant.to_dict(), "id", "created_at") == {
        **ASSISTANT_DEFAULTS,
        **ASSISTANT_GIVEN,
        "model": "gpt-4o",
    }
    assert client.beta.assistants.retrieve(assistant.id) == assistant


FILLED = {"name": "f", "parameters": {"type": "object", "properties": {}}, "strict": False}


@pytest.mark.parametrize(("given", "filled"), [
    ({"type": "function", "function": {"name": "f"}}, {"type": "function", "function": FILLED}),
    ({"type": "function", "function": {"name": "f", "strict": None}}, {"type": "function", "function": FILLED}),
    (TOOL, TOOL),
    ({"type": "file_search"}, {"type": "file_search", "file_search": {"ranking_options": RANKING}}),
    ({"type": "file_search", "file_search": {"max_num_results": 7, "ranking_options": {"score_threshold": 0.5}}},
     {"type": "file_search",
      "file_search": {"max_num_results": 7, "ranking_options": {**RANKING, "score_threshold": 0.5}}}),
    ({"type": "code_interpreter"}, {"type": "code_interpreter"}),
])  # fmt: skip
def test_tools_are_filled_in(client, given, filled):
    assert tutor(client, tools=[given]).to_dict()["tools"] == [filled]


def test_a_code_interpreter_gets_an_empty_list_of_files(client):
    assistant = tutor(client, tools=[{"type": "code_interpreter"}])
    assert assistant.to_dict()["tool_resources"] == {"code_interpreter": {"file_ids": []}}


@pytest.mark.parametrize(("change", "result"), [
    ({}, {}),
    *(({name: value}, {name: value}) for name, value in ASSISTANT_GIVEN.items() if name != "metadata"),
    ({"model": "gpt-4o"}, {"model": "gpt-4o"}),
    ({"tools": []}, {"tools": []}),
    ({"metadata": {"b": "3", "c": "4"}}, {"metadata": {"a": "1", "b": "3", "c": "4"}}),
    ({"metadata": {}}, {"metadata": {"a": "1", "b": "2"}}),
    *(({name: None}, {name: ASSISTANT_DEFAULTS[name]}) for name in ASSISTANT_GIVEN),
])  # fmt: skip
def test_a_change_of_an_assistant_changes_that_alone(client, change, result):
    assistant = tutor(client, **{**ASSISTANT_GIVEN, "metadata": {"a": "1", "b": "2"}, "name": "Before"})
    changed = client.beta.assistants.update(assistant.id, **change)
    assert changed.to_dict() == {**assistant.to_dict(), **result}
    assert client.beta.assistants.retrieve(assistant.id) == changed


# --- threads ---


def test_a_thread_has_defaults(client):
    thread = client.beta.threads.create()
    assert without(thread.to_dict(), "id", "created_at") == {"object": "thread", "metadata": {}, "tool_resources": {}}
    assert client.beta.threads.retrieve(thread.id) == thread


def test_a_thread_begins_with_its_messages(client):
    said = [
        {"role": "user", "content": "hi", "metadata": {"n": "1"}},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": [{"type": "text", "text": "Bye."}]},
    ]
    thread = client.beta.threads.create(messages=said, metadata={"class": "3b"})
    assert thread.metadata == {"class": "3b"}
    messages = messages_of(client, thread)
    assert [(message.role, text_of(message)) for message in messages] == [
        ("user", "hi"),
        ("assistant", "Hello."),
        ("user", "Bye."),
    ]
    assert [message.metadata for message in messages] == [{"n": "1"}, {}, {}]
    assert {message.thread_id for message in messages} == {thread.id}


# --- messages ---


@pytest.mark.parametrize(("role", "nothing"), [
    ("user", {}), ("assistant", {}), ("user", all_null("attachments", "metadata")),
])  # fmt: skip
def test_a_message_has_defaults(client, role, nothing):
    thread = client.beta.threads.create()
    message = client.beta.threads.messages.create(thread.id, role=role, content="hi", **nothing)
    assert without(message.to_dict(), "id", "created_at") == {
        "object": "thread.message",
        "assistant_id": None,
        "thread_id": thread.id,
        "run_id": None,
        "status": "completed",
        "incomplete_details": None,
        "incomplete_at": None,
        "completed_at": message.created_at,
        "role": role,
        "content": [{"type": "text", "text": {"value": "hi", "annotations": []}}],
        "attachments": [],
        "metadata": {},
    }
    assert client.beta.threads.messages.retrieve(message.id, thread_id=thread.id) == message


@pytest.mark.parametrize(("given", "shown"), [
    ({"type": "text", "text": "안녕"}, {"type": "text", "text": {"value": "안녕", "annotations": []}}),
    ({"type": "image_url", "image_url": {"url": "https://a.example/b.png"}},
     {"type": "image_url", "image_url": {"url": "https://a.example/b.png", "detail": "auto"}}),
    ({"type": "image_url", "image_url": {"url": "https://a.example/b.png", "detail": "low"}},
     {"type": "image_url", "image_url": {"url": "https://a.example/b.png", "detail": "low"}}),
])  # fmt: skip
def test_each_kind_of_content_is_shown_as_an_object(client, given, shown):
    thread = client.beta.threads.create()
    message = client.beta.threads.messages.create(thread.id, role="user", content=[given, given])
    assert message.to_dict()["content"] == [shown, shown]


def test_messages_can_be_listed_by_run(client):
    thread, assistant = client.beta.threads.create(), tutor(client)
    first = ask(client, thread, assistant, "hi")
    second = ask(client, thread, assistant, "What is 2 + 2?")
    said = {run.id: client.beta.threads.messages.list(thread.id, run_id=run.id).data for run in (first, second)}
    assert [[text_of(message) for message in messages] for messages in said.values()] == [[HELLO], ["Four."]]
    assert [message.run_id for message in said[second.id]] == [second.id]


# --- runs and steps ---

RUN_DEFAULTS = {
    "object": "thread.run",
    "status": "queued",
    "started_at": None,
    "cancelled_at": None,
    "failed_at": None,
    "completed_at": None,
    "required_action": None,
    "last_error": None,
    "model": "gpt-6-luna",
    "instructions": TUTOR,
    "tools": [],
    "tool_resources": {},
    "metadata": {},
    "temperature": 1.0,
    "top_p": 1.0,
    "reasoning_effort": None,
    "max_completion_tokens": None,
    "max_prompt_tokens": None,
    "truncation_strategy": {"type": "auto", "last_messages": None},
    "incomplete_details": None,
    "usage": None,
    "response_format": "auto",
    "tool_choice": "auto",
    "parallel_tool_calls": True,
}
RUN_NULLABLE = [
    *("model", "instructions", "tools", "metadata", "temperature", "top_p", "response_format", "reasoning_effort"),
    *("stream", "max_prompt_tokens", "max_completion_tokens", "truncation_strategy", "tool_choice"),
    *("additional_instructions", "additional_messages", "parallel_tool_calls"),
]


@pytest.mark.parametrize("nothing", [{}, all_null(*RUN_NULLABLE)])
def test_a_new_run_has_the_assistants_settings_and_defaults(client, nothing):
    assistant, thread = tutor(client), thread_with(client, "hi")
    run = client.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant.id, **nothing)
    assert run.to_dict() == {
        **RUN_DEFAULTS,
        "id": run.id,
        "created_at": run.created_at,
        "assistant_id": assistant.id,
        "thread_id": thread.id,
        "expires_at": run.created_at + 600,
    }


OVERRIDES = {
    "model": "gpt-4o",
    "instructions": "Be long.",
    "tools": [TOOL],
    "temperature": 0.0,
    "top_p": 0.0,
    "reasoning_effort": "high",
    "response_format": JSON_SCHEMA,
    "metadata": {"a": "1"},
    "max_prompt_tokens": 256,
    "max_completion_tokens": 256,
    "truncation_strategy": {"type": "last_messages", "last_messages": 1},
    "parallel_tool_calls": False,
}
CHOICES = ["none", "required", {"type": "file_search"}, {"type": "function", "function": {"name": "get_weather"}}]


@pytest.mark.parametrize(
    ("name", "value"), [*OVERRIDES.items(), ("tools", []), *(("tool_choice", choice) for choice in CHOICES)]
)
def test_a_run_overrides_one_setting_and_leaves_the_assistant_alone(client, name, value):
    assistant, thread = tutor(client, tools=[{"type": "code_interpreter"}]), thread_with(client, "hi")
    plain = client.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant.id).to_dict()
    other = thread_with(client, "hi")
    run = client.beta.threads.runs.create(thread_id=other.id, assistant_id=assistant.id, **{name: value}).to_dict()
    own = ("id", "thread_id", "created_at", "expires_at")
    assert without(run, *own) == {**without(plain, *own), name: value}
    assert client.beta.assistants.retrieve(assistant.id) == assistant


@pytest.mark.parametrize("include", [None, ["step_details.tool_calls[*].file_search.results[*].content"]])
def test_steps_can_be_asked_for_with_include(client, include):
    run = waiting(client)
    options = {"include": include} if include else {}
    (step,) = client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id, **options).data
    again = client.beta.threads.runs.steps.retrieve(step.id, run_id=run.id, thread_id=run.thread_id, **options)
    assert again == step


@pytest.mark.parametrize("call", [
    lambda client, run, include: client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id, include=include),
    lambda client, run, include: client.beta.threads.runs.steps.retrieve(
        steps_of(client, run)[0].id, run_id=run.id, thread_id=run.thread_id, include=include
    ),
    lambda client, run, include: begin(client, "hi", include=include),
])  # fmt: skip
def test_include_has_one_legal_value(client, call):
    with pytest.raises(BadRequestError) as caught:
        call(client, waiting(client), ["everything"])
    assert caught.value.code == "invalid_value"
    assert caught.value.param.startswith("include")


def test_a_run_takes_include(client):
    include = ["step_details.tool_calls[*].file_search.results[*].content"]
    assert finish(client, begin(client, "hi", include=include)).status == "completed"


# --- on the wire ---

KEYS = {
    "assistant": "id object created_at name description model instructions tools top_p temperature reasoning_effort "
    "tool_resources metadata response_format",
    "thread": "id object created_at metadata tool_resources",
    "thread.message": "id object created_at assistant_id thread_id run_id status incomplete_details incomplete_at "
    "completed_at role content attachments metadata",
    "thread.run": "id object created_at assistant_id thread_id status started_at expires_at cancelled_at failed_at "
    "completed_at required_action last_error model instructions tools tool_resources metadata temperature top_p "
    "reasoning_effort max_completion_tokens max_prompt_tokens truncation_strategy incomplete_details usage "
    "response_format tool_choice parallel_tool_calls",
    "thread.run.step": "id object created_at run_id assistant_id thread_id type status cancelled_at completed_at "
    "expired_at expires_at failed_at last_error step_details metadata usage",
}


def test_every_object_has_the_wires_members_in_their_order_at_every_moment(client, wire):
    run = waiting(client)
    submit(client, run, outputs_for(run, "18", "24"))
    for step in steps_of(client, read(client, finish(client, run))):
        client.beta.threads.runs.steps.retrieve(step.id, run_id=run.id, thread_id=run.thread_id)
    for message in messages_of(client, run):
        client.beta.threads.messages.update(message.id, thread_id=run.thread_id, metadata={"a": "1"})
    client.beta.threads.runs.update(run.id, thread_id=run.thread_id, metadata={"a": "1"})
    client.beta.threads.update(run.thread_id, metadata={"a": "1"})
    client.beta.assistants.update(run.assistant_id, metadata={"a": "1"})
    seen = [object for exchange in wire for object in objects_in(json.loads(exchange.body))]
    assert {object["object"] for object in seen} == set(KEYS)
    for object in seen:
        assert list(object) == KEYS[object["object"]].split()


def objects_in(answer: dict) -> list[dict]:
    return answer["data"] if answer["object"] == "list" else [answer]


# --- limits ---


def metadata_of(pairs: int) -> dict:
    return {f"key {number}": "value" for number in range(pairs)}


def functions(count: int) -> list[dict]:
    return [{"type": "function", "function": {"name": f"f{number}"}} for number in range(count)]


def named(name: str) -> list[dict]:
    return [{"type": "function", "function": {"name": name}}]


def search(**options: Any) -> list[dict]:
    return [{"type": "file_search", "file_search": options}]


# Where, the largest or smallest value that is taken, one that is not, and the parameter that the refusal names.
ASSISTANT_LIMITS = [
    ("name", "n" * 256, "n" * 257, "name"),
    ("description", "d" * 512, "d" * 513, "description"),
    ("instructions", "i" * 256_000, "i" * 256_001, "instructions"),
    ("tools", functions(128), functions(129), "tools"),
    ("tools", named("f" * 64), named("f" * 65), "tools[0].function.name"),
    ("tools", named("get_weather-2"), named("get weather"), "tools[0].function.name"),
    ("tools", named("f"), named("f\n"), "tools[0].function.name"),
    ("tools", search(max_num_results=1), search(max_num_results=0), "tools[0].file_search.max_num_results"),
    ("tools", search(max_num_results=50), search(max_num_results=51), "tools[0].file_search.max_num_results"),
    ("tools", search(ranking_options={"score_threshold": 1}), search(ranking_options={"score_threshold": 1.1}),
     "tools[0].file_search.ranking_options.score_threshold"),
    ("metadata", metadata_of(16), metadata_of(17), "metadata"),
    ("metadata", {"k": "v" * 512}, {"k": "v" * 513}, "metadata.k"),
    ("metadata", {"k" * 64: "v"}, {"k" * 65: "v"}, None),
    ("temperature", 0, -0.1, "temperature"),
    ("temperature", 2, 2.1, "temperature"),
    ("top_p", 0, -0.1, "top_p"),
    ("top_p", 1, 1.1, "top_p"),
    ("response_format", "auto", "text", "response_format"),
    ("response_format", {"type": "json_object"}, {"type": "yaml"}, "response_format.type"),
    ("reasoning_effort", "max", "extreme", "reasoning_effort"),
]  # fmt: skip
RUN_LIMITS = [
    ("tools", functions(20), functions(21), "tools"),
    ("max_prompt_tokens", 256, 255, "max_prompt_tokens"),
    ("max_completion_tokens", 256, 255, "max_completion_tokens"),
    ("truncation_strategy", {"type": "last_messages", "last_messages": 1},
     {"type": "last_messages", "last_messages": 0}, "truncation_strategy.last_messages"),
    ("truncation_strategy", {"type": "auto"}, {"type": "first_messages"}, "truncation_strategy.type"),
    ("tool_choice", "none", "never", "tool_choice"),
    ("tool_choice", {"type": "code_interpreter"}, {"type": "browser"}, "tool_choice.type"),
    ("temperature", 2, 2.1, "temperature"),
    ("metadata", metadata_of(16), metadata_of(17), "metadata"),
    ("additional_messages", [{"role": "user", "content": "c" * 256_000}],
     [{"role": "user", "content": "c" * 256_001}], "additional_messages[0].content"),
]  # fmt: skip
MESSAGE_LIMITS = [
    ("content", "c", "", "content"),
    ("content", "c" * 256_000, "c" * 256_001, "content"),
    ("content", [{"type": "text", "text": "c"}], [], "content"),
    ("content", [{"type": "text", "text": "c"}], [{"type": "text", "text": ""}], "content[0].text"),
    ("content", [{"type": "text", "text": "c"}], [{"type": "video", "text": "c"}], "content[0].type"),
    ("role", "assistant", "system", "role"),
    ("metadata", metadata_of(16), metadata_of(17), "metadata"),
]
LIST_LIMITS = [("limit", 1, 0, "limit"), ("limit", 100, 101, "limit"), ("order", "asc", "up", "order")]


def create_run(client: openai.OpenAI, **members: Any) -> object:
    thread = thread_with(client, "hi")
    return client.beta.threads.runs.create(thread_id=thread.id, assistant_id=tutor(client).id, **members)


def create_message(client: openai.OpenAI, **members: Any) -> object:
    thread = client.beta.threads.create()
    return client.beta.threads.messages.create(thread.id, **{"role": "user", "content": "hi", **members})


def list_assistants(client: openai.OpenAI, **members: Any) -> object:
    return client.beta.assistants.list(**members)


LIMITS = [
    pytest.param(create, *limit, id=f"{create.__name__} {limit[0]} {number}")
    for create, limits in (
        (tutor, ASSISTANT_LIMITS),
        (create_run, RUN_LIMITS),
        (create_message, MESSAGE_LIMITS),
        (list_assistants, LIST_LIMITS),
    )
    for number, limit in enumerate(limits)
]


@pytest.mark.parametrize(("create", "name", "taken", "refused", "param"), LIMITS)
def test_a_limit_is_where_it_is_documented(client, create, name, taken, refused, param):
    create(client, **{name: taken})
    with pytest.raises(BadRequestError) as caught:
        create(client, **{name: refused})
    assert caught.value.type == "invalid_request_error"
    assert param is None or caught.value.param == param


@pytest.mark.parametrize(("create", "name", "value", "message", "code"), [
    (create_message, "content", "c" * 256_001,
     "Invalid 'content': string too long. Expected a string with maximum length 256000, "
     "but got a string with length 256001 instead.", "string_above_max_length"),
    (list_assistants, "limit", 101,
     "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead.",
     "integer_above_max_value"),
    (list_assistants, "limit", 0,
     "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead.",
     "integer_below_min_value"),
    (create_run, "max_prompt_tokens", 255,
     "Invalid 'max_prompt_tokens': integer below minimum value. Expected a value >= 256, but got 255 instead.",
     "integer_below_min_value"),
])  # fmt: skip
def test_a_broken_limit_is_told_in_the_documented_words(client, create, name, value, message, code):
    with pytest.raises(BadRequestError) as caught:
        create(client, **{name: value})
    assert (caught.value.body["message"], caught.value.code) == (message, code)


@pytest.mark.parametrize("limit", ["ten", "1.5", ""])
def test_a_limit_must_be_a_whole_number(client, limit):
    with pytest.raises(BadRequestError) as caught:
        client.beta.assistants.list(limit=limit)
    assert (caught.value.param, caught.value.code) == ("limit", "invalid_type")


# --- lists ---


def assistants(client: openai.OpenAI, count: int) -> Callable:
    for number in range(count):
        tutor(client, name=f"Tutor {number}")
    return client.beta.assistants.list


def messages(client: openai.OpenAI, count: int) -> Callable:
    thread = thread_with(client, *(f"Message {number}" for number in range(count)))
    return lambda **query: client.beta.threads.messages.list(thread.id, **query)


def runs(client: openai.OpenAI, count: int) -> Callable:
    thread, assistant = thread_with(client, "hi"), tutor(client)
    for _ in range(count):
        client.beta.threads.runs.create_and_poll(
            thread_id=thread.id,
            assistant_id=assistant.id,
            truncation_strategy={"type": "last_messages", "last_messages": 1},
        )
    return lambda **query: client.beta.threads.runs.list(thread.id, **query)


LISTS = pytest.mark.parametrize("make", [assistants, messages, runs])


def ids(page: Any) -> list[str]:
    return [item.id for item in page.data]


@LISTS
def test_a_list_is_paged_in_both_orders_and_both_directions(client, make):
    list_ = make(client, 25)
    rising = ids(list_(order="asc", limit=100))
    assert len(set(rising)) == 25
    for order, all_ids in (("asc", rising), ("desc", rising[::-1])):
        expected = {
            (): (all_ids[:10], True),
            (("after", all_ids[9]),): (all_ids[10:20], True),
            (("after", all_ids[19]),): (all_ids[20:], False),
            (("after", all_ids[14]),): (all_ids[15:], False),
            (("after", all_ids[24]),): ([], False),
            (("before", all_ids[20]),): (all_ids[10:20], True),
            (("before", all_ids[10]),): (all_ids[:10], False),
            (("before", all_ids[5]),): (all_ids[:5], False),
            (("before", all_ids[0]),): ([], False),
            (("after", all_ids[4]), ("before", all_ids[9])): (all_ids[5:9], False),
        }
        for cursors, (page_ids, has_more) in expected.items():
            page = list_(order=order, limit=10, **dict(cursors))
            assert (ids(page), page.has_more) == (page_ids, has_more), (order, cursors)


@LISTS
def test_a_list_shows_the_newest_twenty_unless_told_otherwise(client, make):
    list_ = make(client, 21)
    page = list_()
    assert ids(page) == ids(list_(order="asc", limit=100))[::-1][:20]
    assert page.has_more
    assert [item.created_at for item in page.data] == sorted((item.created_at for item in page.data), reverse=True)


@LISTS
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_auto_paging_gives_everything_once(client, make, order):
    list_ = make(client, 25)
    found = [item.id for item in list_(limit=10, order=order)]
    assert len(found) == len(set(found)) == 25
    assert found == ids(list_(limit=100, order=order))


@LISTS
def test_an_empty_list_has_no_ids(client, make):
    page = make(client, 0)()
    assert (page.data, page.first_id, page.last_id, page.has_more) == ([], None, None, False)


@LISTS
def test_a_list_names_its_ends(client, make):
    page = make(client, 3)(limit=2)
    assert (page.first_id, page.last_id) == (page.data[0].id, page.data[-1].id)


@LISTS
@pytest.mark.parametrize("cursor", ["after", "before"])
def test_an_unknown_cursor_is_refused(client, make, cursor):
    with pytest.raises((BadRequestError, NotFoundError)):
        make(client, 1)(**{cursor: "nothing_of_this_name"})


def test_steps_are_paged_newest_first(client):
    run = waiting(client)
    finish(client, submit(client, run, outputs_for(run, "18", "24")))
    newest = client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id, limit=1)
    assert [step.type for step in newest.data] == ["message_creation"]
    assert newest.has_more
    rest = newest.get_next_page()
    assert [step.type for step in rest.data] == ["tool_calls"]
    assert not rest.has_more


# --- metadata, and the end ---


def an_assistant(client: openai.OpenAI) -> tuple[object, Any, dict]:
    return tutor(client, metadata={"a": "1", "b": "2"}), client.beta.assistants, {}


def a_thread(client: openai.OpenAI) -> tuple[object, Any, dict]:
    return client.beta.threads.create(metadata={"a": "1", "b": "2"}), client.beta.threads, {}


def a_message(client: openai.OpenAI) -> tuple[object, Any, dict]:
    message = create_message(client, metadata={"a": "1", "b": "2"})
    return message, client.beta.threads.messages, {"thread_id": message.thread_id}


def a_run(client: openai.OpenAI) -> tuple[object, Any, dict]:
    run = finish(client, begin(client, "hi", metadata={"a": "1", "b": "2"}))
    return run, client.beta.threads.runs, {"thread_id": run.thread_id}


@pytest.mark.parametrize("make", [an_assistant, a_thread, a_message, a_run])
@pytest.mark.parametrize(("given", "merged"), [
    ({"b": "3", "c": "4"}, {"a": "1", "b": "3", "c": "4"}),
    ({"a": ""}, {"a": "", "b": "2"}),
    ({}, {"a": "1", "b": "2"}),
    (None, {}),
])  # fmt: skip
def test_metadata_is_merged(client, make, given, merged):
    before, resource, where = make(client)
    after = resource.update(before.id, metadata=given, **where)
    assert after.to_dict() == {**before.to_dict(), "metadata": merged}
    assert resource.retrieve(before.id, **where) == after


@pytest.mark.parametrize("make", [an_assistant, a_thread, a_message, a_run])
def test_merged_metadata_has_its_limit_too(client, make):
    before, resource, where = make(client)
    with pytest.raises(BadRequestError) as caught:
        resource.update(before.id, metadata=metadata_of(15), **where)
    assert caught.value.param == "metadata"
    assert resource.retrieve(before.id, **where) == before


@pytest.mark.parametrize(("make", "object"), [
    (an_assistant, "assistant.deleted"), (a_thread, "thread.deleted"), (a_message, "thread.message.deleted"),
])  # fmt: skip
def test_what_is_deleted_is_gone(client, make, object):
    before, resource, where = make(client)
    gone = resource.delete(before.id, **where)
    assert gone.to_dict() == {"id": before.id, "object": object, "deleted": True}
    for call in (resource.retrieve, resource.update, resource.delete):
        with pytest.raises(NotFoundError):
            call(before.id, **where)


def test_lists_forget_what_is_deleted(client):
    thread = thread_with(client, "One", "Two", "Three")
    _, second, _ = messages_of(client, thread)
    client.beta.threads.messages.delete(second.id, thread_id=thread.id)
    assert [text_of(message) for message in messages_of(client, thread)] == ["One", "Three"]


def test_a_deleted_thread_takes_its_messages_and_runs_along(client):
    run = finish(client, begin(client, "hi"))
    client.beta.threads.delete(run.thread_id)
    for call in (
        lambda: client.beta.threads.messages.list(run.thread_id),
        lambda: client.beta.threads.runs.list(run.thread_id),
        lambda: client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id),
    ):
        with pytest.raises(NotFoundError, match=f"No thread found with id '{run.thread_id}'."):
            call()


def test_a_run_outlives_its_assistant(client):
    run = begin(client, "hi")
    client.beta.assistants.delete(run.assistant_id)
    assert finish(client, run).status == "completed"


@pytest.mark.parametrize("given", [{}, {"vector_stores": []}, {"vector_store_ids": []}])
def test_resources_of_which_nothing_is_said_are_empty_lists(client, given):
    resources = {"code_interpreter": {}, "file_search": given}
    for made in (
        tutor(client, tool_resources=resources),
        client.beta.threads.create(tool_resources=resources),
        client.beta.threads.update(client.beta.threads.create().id, tool_resources={**resources, "file_search": {}}),
    ):
        assert made.tool_resources.code_interpreter.file_ids == []
        assert made.tool_resources.file_search.vector_store_ids == []
