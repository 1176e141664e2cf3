"""Responses through the SDK: text, histories, functions, streams, hosted tools, the background, and what is refused.

Every answer and every event is read through the SDK's types by the transport of these tests.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

import openai
import pytest
from openai.types.responses import Response

from contract.talks import (
    CHAT,
    HELLO,
    REPORTER,
    TUTOR,
    WEATHER,
    ask,
    skip_time,
    talk,
    thread_with,
    tutor,
)
from contract.test_code_interpreter import CHART, SAVE
from contract.test_code_interpreter import LINK as FILE_LINK
from contract.test_code_interpreter import TALKS as CODE_TALKS
from contract.test_file_search import KOREAN, MOON, SEA
from contract.test_file_search import TALKS as SEARCH_TALKS

MODEL = "gpt-6-luna"
WEATHER_TOOL = {
    "type": "function",
    "name": "get_weather",
    "description": "Today's weather.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
PYTHON = {"type": "code_interpreter", "container": {"type": "auto"}}
OUTPUTS, RESULTS = "code_interpreter_call.outputs", "file_search_call.results"
SAID_BEFORE = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": HELLO}]


def respond(client: openai.OpenAI, input: Any, **members: Any) -> Response:
    return client.responses.create(**{"model": MODEL, "instructions": TUTOR, "input": input, **members})


def report(client: openai.OpenAI, input: Any, **members: Any) -> Response:
    return respond(client, input, **{"instructions": REPORTER, "tools": [WEATHER_TOOL], **members})


def outputs_for(response: Response, *outputs: str) -> list[dict]:
    calls = [item for item in response.output if item.type == "function_call"]
    return [
        {"type": "function_call_output", "call_id": call.call_id, "output": output}
        for call, output in zip(calls, outputs, strict=False)
    ]


def types_of(items: list) -> list[str]:
    return [item.type for item in items]


# --- text and histories ---


def test_a_text_is_answered(client):
    response = respond(client, "hi", metadata={"for": "class"}, temperature=0.5, text={"verbosity": "low"})
    assert (response.status, response.output_text, response.instructions) == ("completed", HELLO, TUTOR)
    assert (response.metadata, response.temperature, response.text.verbosity) == ({"for": "class"}, 0.5, "low")
    usage = response.usage
    assert usage.input_tokens > 0 and usage.output_tokens > 0
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens
    assert response.created_at < response.completed_at


@pytest.mark.parametrize("before", [
    SAID_BEFORE,
    [{"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
     {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": HELLO, "annotations": []}]}],
])  # fmt: skip
def test_a_history_may_be_given_as_items(client, before):
    response = respond(client, [*before, {"role": "user", "content": "What is 2 + 2?"}], store=False)
    assert response.output_text == "Four."


def test_what_was_answered_can_be_given_back_as_it_came(client):
    items: list = [{"role": "user", "content": "hi"}]
    items += respond(client, items, store=False).output
    items.append({"role": "user", "content": "What is 2 + 2?"})
    items += respond(client, items, store=False).output
    assert respond(client, [*items, {"role": "user", "content": "And twice that?"}]).output_text == "Eight, of course."


def test_a_response_goes_on_from_another_and_needs_its_instructions_again(client):
    first = respond(client, "hi")
    second = respond(client, "What is 2 + 2?", previous_response_id=first.id)
    third = respond(client, "And twice that?", previous_response_id=second.id)
    assert (third.output_text, third.previous_response_id) == ("Eight, of course.", second.id)
    with pytest.raises(openai.BadRequestError, match="but with the instructions"):
        respond(client, "What is 2 + 2?", previous_response_id=first.id, instructions=None)


def test_two_responses_may_go_on_from_one(client):
    first = respond(client, "hi")
    ways = [respond(client, "What is 2 + 2?", previous_response_id=first.id) for _ in range(2)]
    assert [way.output_text for way in ways] == ["Four.", "Four."]
    assert ways[0].id != ways[1].id


def test_one_recording_serves_both_apis(client):
    thread, assistant, previous = thread_with(client), tutor(client), None
    for question in ("hi", "What is 2 + 2?", "And twice that?"):
        run = ask(client, thread, assistant, question)
        message = client.beta.threads.messages.list(thread.id, run_id=run.id).data[0]
        response = respond(client, question, previous_response_id=previous and previous.id)
        assert response.output_text == message.content[0].text.value
        assert response.usage.total_tokens == run.usage.total_tokens
        previous = response


def test_the_same_program_gives_the_same_ids_and_times(open_home):
    def program(client: openai.OpenAI) -> list[dict]:
        first = respond(client, "hi")
        conversation = client.conversations.create(metadata={"n": "1"})
        second = respond(client, "hi", conversation=conversation.id)
        return [it.to_dict() for it in (first, conversation, second, report(client, "Paris and Rome?"))]

    one, other = (program(open_home(CHAT, WEATHER, name=name)) for name in ("one", "other"))
    assert one == other
    assert len({it["id"] for it in one}) == 4


def test_stored_responses_are_found_until_they_are_deleted(client):
    response = respond(client, "hi")
    assert client.responses.retrieve(response.id) == response
    client.responses.delete(response.id)
    for use in (client.responses.retrieve, client.responses.delete, client.responses.input_items.list):
        with pytest.raises(openai.NotFoundError, match=f"Response with id '{response.id}' not found"):
            use(response.id)
    with pytest.raises(openai.BadRequestError) as refused:
        respond(client, "What is 2 + 2?", previous_response_id=response.id)
    assert refused.value.code == "previous_response_not_found"


def test_a_response_that_is_not_stored_leaves_nothing(client):
    response = respond(client, "hi", store=False)
    last = streamed(client, "hi", store=False)[-1].response
    for id in (response.id, last.id):
        with pytest.raises(openai.NotFoundError):
            client.responses.retrieve(id)
        with pytest.raises(openai.BadRequestError, match="Previous response"):
            respond(client, "What is 2 + 2?", previous_response_id=id)


def test_input_items_are_listed_in_pages(client):
    response = respond(client, [*SAID_BEFORE, {"role": "user", "content": "What is 2 + 2?"}])
    newest = client.responses.input_items.list(response.id, limit=2)
    assert [item.content[0].text for item in newest.data] == ["What is 2 + 2?", HELLO]
    assert newest.has_more
    everything = list(client.responses.input_items.list(response.id, limit=1, order="asc"))
    assert [item.role for item in everything] == ["user", "assistant", "user"]


def test_an_answer_that_is_too_long_is_incomplete(client):
    response = respond(client, "Talk on", max_output_tokens=100)
    assert (response.status, response.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert response.output[0].status == "incomplete"
    assert response.usage.output_tokens == 100


def test_a_picture_may_be_part_of_the_input(open_home):
    picture = {"type": "input_image", "image_url": "https://example.com/cat.png"}
    client = open_home(talk(("What is it?\nhttps://example.com/cat.png", "A cat.")))
    response = respond(client, [{"role": "user", "content": [{"type": "input_text", "text": "What is it?"}, picture]}])
    assert response.output_text == "A cat."
    assert client.responses.input_items.list(response.id).data[0].content[1].image_url == picture["image_url"]


def test_a_format_is_part_of_the_request(open_home):
    client = open_home(talk(("hi", '{"n": 1}'), format="json_schema"))
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    format = {"type": "json_schema", "name": "number", "schema": schema, "strict": False}
    response = respond(client, "hi", text={"format": format})
    assert (response.output_text, response.text.format.schema_) == ('{"n": 1}', schema)
    with pytest.raises(openai.BadRequestError, match="response format"):
        respond(client, "hi")


# --- functions ---


@pytest.mark.parametrize("way", ["previous response", "conversation", "own list"])
def test_calls_are_answered_with_their_outputs(client, way):
    question = [{"role": "user", "content": "Paris and Rome?"}]
    conversation = client.conversations.create().id if way == "conversation" else openai.omit
    asked = report(client, question, conversation=conversation, store=way != "own list")
    assert (asked.status, asked.output_text) == ("completed", "")
    assert [item.name for item in asked.output] == ["get_weather", "get_weather"]
    outputs = outputs_for(asked, "18", "24")
    answered = {
        "previous response": lambda: report(client, outputs, previous_response_id=asked.id),
        "conversation": lambda: report(client, outputs, conversation=conversation),
        "own list": lambda: report(client, [*question, *asked.output, *outputs], store=False),
    }[way]()
    assert answered.output_text == "Paris 18, Rome 24."


def test_an_output_may_be_a_list_of_texts(client):
    asked = report(client, "Paris and Rome?")
    outputs = [
        {**one, "output": [{"type": "input_text", "text": one["output"]}]} for one in outputs_for(asked, "18", "24")
    ]
    assert report(client, outputs, previous_response_id=asked.id).output_text == "Paris 18, Rome 24."


@pytest.mark.parametrize(("schema", "strict"), [
    (WEATHER_TOOL["parameters"], False),
    ({**WEATHER_TOOL["parameters"], "additionalProperties": False}, True),
])  # fmt: skip
def test_a_function_is_strict_if_its_schema_is_closed(client, schema, strict):
    (tool,) = report(client, "Paris and Rome?", tools=[{**WEATHER_TOOL, "parameters": schema}]).tools
    assert (tool.strict, tool.parameters) == (strict, schema)


# --- streams ---

BEGIN = ["response.created", "response.in_progress"]
PART = ["response.output_item.added", "response.content_part.added", "response.output_text.delta"]
TEXT = [*PART, "response.output_text.done", "response.content_part.done", "response.output_item.done"]
CALL = ["output_item.added", "function_call_arguments.delta", "function_call_arguments.done", "output_item.done"]
CODE = ["output_item.added", "code_interpreter_call.in_progress", "code_interpreter_call_code.delta",
        "code_interpreter_call_code.done", "code_interpreter_call.interpreting", "code_interpreter_call.completed",
        "output_item.done"]  # fmt: skip
SEARCH = ["output_item.added", "file_search_call.in_progress", "file_search_call.searching",
          "file_search_call.completed", "output_item.done"]  # fmt: skip


def names(short: list[str]) -> list[str]:
    return [f"response.{name}" for name in short]


ORDERS = {
    "hi": [*BEGIN, *TEXT, "response.completed"],
    "Paris and Rome?": [*BEGIN, *names(CALL * 2), "response.completed"],
    "Tell me all": [*BEGIN, *TEXT, "response.failed"],
    "Talk on": [*BEGIN, *TEXT, "response.incomplete"],
    "Nobody recorded this": [*BEGIN, "response.failed"],
}


def streamed(client: openai.OpenAI, text: str, **members: Any) -> list:
    ask_for = report if text == "Paris and Rome?" else respond
    limit = 100 if text == "Talk on" else openai.omit
    return list(ask_for(client, text, stream=True, max_output_tokens=limit, **members))


@pytest.mark.parametrize(("text", "order"), ORDERS.items())
def test_events_come_in_the_documented_order(client, wire, text, order):
    streamed(client, text)
    assert [name for name, _ in groupby(wire[-1].event_names)] == order
    assert wire[-1].headers["content-type"] == "text/event-stream; charset=utf-8"


@pytest.mark.parametrize("text", ORDERS)
def test_the_last_event_holds_the_stored_response(client, text):
    final = streamed(client, text)[-1].response
    assert final == client.responses.retrieve(final.id)


@pytest.mark.parametrize("text", ["hi", "Paris and Rome?"])
def test_the_helper_puts_the_same_response_together(client, text):
    tools = [WEATHER_TOOL] if text != "hi" else []
    instructions = REPORTER if tools else TUTOR
    with client.responses.stream(model=MODEL, input=text, instructions=instructions, tools=tools) as stream:
        words = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert "".join(words) == final.output_text
    assert types_of(final.output) == types_of(client.responses.retrieve(final.id).output)


def test_events_hold_their_objects_as_they_were_at_that_moment(client):
    events = streamed(client, "hi")
    added, done = (next(event.item for event in events if event.type == name) for name in
                   ("response.output_item.added", "response.output_item.done"))  # fmt: skip
    assert (added.status, added.content, done.status) == ("in_progress", [], "completed")
    assert [event.response.status for event in events if hasattr(event, "response")] == [
        "in_progress", "in_progress", "completed"]  # fmt: skip


# --- hosted tools ---


@pytest.fixture
def tools_client(open_home) -> openai.OpenAI:
    return open_home(*CODE_TALKS, *SEARCH_TALKS)


@pytest.fixture
def library(tools_client) -> dict[str, str]:
    """The names of three files by their ids, and the id of the vector store that holds them."""
    texts = {"sea.txt": SEA, "moon.txt": MOON, "바다.md": KOREAN}
    return {
        tools_client.files.create(file=(name, text.encode()), purpose="assistants").id: name
        for name, text in texts.items()
    }


def search_tool(client: openai.OpenAI, library: dict[str, str], **members: Any) -> dict:
    store = client.vector_stores.create(file_ids=list(library))
    return {"type": "file_search", "vector_store_ids": [store.id], **members}


def run_code(client: openai.OpenAI, text: str, **members: Any) -> Response:
    return respond(client, text, **{"tools": [PYTHON], **members})


@pytest.mark.parametrize("include", [[OUTPUTS], []])
def test_code_is_an_item_of_the_output_with_its_outputs_when_asked(tools_client, include):
    response = run_code(tools_client, "add", include=include)
    call, message = response.output
    assert (call.type, call.status, message.content[0].text) == ("code_interpreter_call", "completed", "40")
    assert call.container_id.startswith("cntr_") and "x = 2 + 2" in call.code
    shown = [output.logs for output in call.outputs or []]
    assert shown == (["sum 4\n40\n"] if include else [])
    later = tools_client.responses.retrieve(response.id, include=[OUTPUTS])
    assert later.output[0].outputs[0].logs == "sum 4\n40\n"


def test_variables_last_as_long_as_the_container(tools_client):
    first = run_code(tools_client, "add")
    later = run_code(tools_client, "and then?", previous_response_id=first.id)
    assert (later.output_text, later.output[0].container_id) == ("5", first.output[0].container_id)
    alone = [{"role": "user", "content": "add"}, {"role": "assistant", "content": "40"}]
    with pytest.raises(openai.BadRequestError, match="NameError"):
        run_code(tools_client, [*alone, {"role": "user", "content": "and then?"}])
    named = {**PYTHON, "container": first.output[0].container_id}
    again = [*alone, {"role": "user", "content": "and then?"}]
    assert run_code(tools_client, again, tools=[named]).output_text == "5"


def test_code_goes_on_in_the_latest_container_and_not_in_the_first(tools_client):
    first, second = run_code(tools_client, "save"), run_code(tools_client, "add")
    containers = [response.output[0].container_id for response in (first, second)]
    assert containers[0] != containers[1]
    later = run_code(tools_client, [
        {"role": "user", "content": "add"}, first.output[0], second.output[0], {"role": "assistant", "content": "40"},
        {"role": "user", "content": "and then?"},
    ])  # fmt: skip
    assert later.output[0].container_id == containers[1]


def test_a_file_that_the_code_made_is_cited_and_can_be_downloaded(tools_client):
    response = run_code(tools_client, "save")
    part = response.output[-1].content[0]
    assert part.text == FILE_LINK
    for note in part.annotations:
        assert (note.type, note.filename) == ("container_file_citation", "out.csv")
        assert part.text[note.start_index : note.end_index] == "sandbox:/mnt/data/out.csv"
        content = tools_client.containers.files.content.retrieve(note.file_id, container_id=note.container_id)
        assert content.text == "a,b\n1,2\n"
    assert SAVE in response.output[0].code


def test_a_figure_is_an_output_and_is_cited(tools_client):
    response = run_code(tools_client, "draw", include=[OUTPUTS])
    (output,) = response.output[0].outputs
    assert output.url.startswith("data:image/png;base64,iVBORw0KGgo")
    (note,) = response.output[1].content[0].annotations
    assert (note.type, note.filename, note.start_index, note.end_index) == (
        "container_file_citation", "figure_1.png", 0, 0)  # fmt: skip
    assert response.output[0].code == CHART


def test_uploaded_files_lie_in_the_container(tools_client):
    file = tools_client.files.create(file=("자료.csv", b"a,b\n"), purpose="assistants")
    tool = {**PYTHON, "container": {"type": "auto", "file_ids": [file.id]}}
    assert run_code(tools_client, "read", tools=[tool]).output_text == "Read."


def test_own_tools_run_first_and_then_the_client_is_asked(tools_client):
    tools = [PYTHON, {"type": "function", "name": "get_weather"}]
    asked = run_code(tools_client, "both", tools=tools)
    assert types_of(asked.output) == ["code_interpreter_call", "function_call"]
    answered = run_code(tools_client, outputs_for(asked, "24"), tools=tools, previous_response_id=asked.id)
    assert answered.output_text == "24"


def test_a_reply_that_is_not_true_of_what_the_code_gave_is_refused(tools_client):
    with pytest.raises(openai.BadRequestError, match="'43'"):
        run_code(tools_client, "wrong")


@pytest.mark.parametrize("include", [[RESULTS], []])
def test_a_search_is_an_item_and_its_citations_stand_beside_the_text(tools_client, library, include):
    tool = search_tool(tools_client, library)
    response = respond(tools_client, "Why is it salt?", tools=[tool], include=include)
    call, message = response.output
    assert (call.type, call.queries) == ("file_search_call", ["sea salt", "바다 소금"])
    assert (SEA in [result.text for result in call.results or []]) == bool(include)
    part = message.content[0]
    assert part.text == "Rivers carry minerals, and 바다는 짜다."
    assert [(library[note.file_id], note.index) for note in part.annotations] == [("sea.txt", 21), ("바다.md", 33)]
    assert [note.filename for note in part.annotations] == ["sea.txt", "바다.md"]
    follow_up = respond(tools_client, "Thanks.", tools=[tool], previous_response_id=response.id)
    assert follow_up.output_text == "You are welcome."


@pytest.mark.parametrize(("options", "most"), [
    ({"max_num_results": 1}, 1),
    ({"ranking_options": {"score_threshold": 1.0}}, 0),
    ({"filters": {"type": "eq", "key": "planet", "value": "earth"}}, 0),
])  # fmt: skip
def test_the_tools_options_count(tools_client, library, options, most):
    tool = search_tool(tools_client, library, **options)
    response = respond(tools_client, "Who wrote it?", tools=[tool], include=[RESULTS])
    assert len(response.output[0].results) <= most


def test_hosted_tools_are_streamed_with_their_own_events(tools_client, library, wire):
    list(run_code(tools_client, "add", stream=True))
    assert [name for name, _ in groupby(wire[-1].event_names)] == [*BEGIN, *names(CODE), *TEXT, "response.completed"]
    tool = search_tool(tools_client, library)
    events = list(respond(tools_client, "And the tides?", tools=[tool], stream=True, include=[RESULTS]))
    order = [name for name, _ in groupby(wire[-1].event_names)]
    assert order[:12] == [*BEGIN, *names(SEARCH * 2)]
    notes = [event.annotation.filename for event in events if event.type.endswith("annotation.added")]
    assert notes == ["moon.txt", "sea.txt"]
    texts = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(texts) == events[-1].response.output_text == "The moon, with the sea."
    assert events[-1].response.output[0].results


def test_a_response_touches_the_vector_stores_that_it_searches(tools_client, library):
    tool = search_tool(tools_client, library)
    (store_id,) = tool["vector_store_ids"]
    before = tools_client.vector_stores.retrieve(store_id).last_active_at
    skip_time(tools_client, 3600)
    response = respond(tools_client, "Why is it salt?", tools=[tool])
    assert tools_client.vector_stores.retrieve(store_id).last_active_at == response.created_at >= before + 3600


@pytest.mark.parametrize("name", ["calculate", "python", "file_search"])
def test_a_function_of_the_users_may_have_the_name_of_one_of_our_tools(open_home, name):
    messages = [{"user": "go"}, {"calls": [{"name": name, "arguments": {"x": 1}}]}, {"outputs": ["MINE"]},
                {"assistant": "It said MINE."}]  # fmt: skip
    client = open_home({"instructions": TUTOR, "tools": [name], "messages": messages})
    tools = [{"type": "function", "name": name}]
    asked = respond(client, "go", tools=tools)
    answered = respond(client, outputs_for(asked, "MINE"), tools=tools, previous_response_id=asked.id)
    assert answered.output_text == "It said MINE."


def test_an_output_of_the_users_function_stays_theirs_when_only_our_tool_of_that_name_is_left(open_home):
    messages = [{"user": "go"}, {"calls": [{"name": "python", "arguments": {"x": 1}}]}, {"outputs": ["MINE"]},
                {"assistant": "It said MINE."}]  # fmt: skip
    client = open_home({"instructions": TUTOR, "tools": ["python"], "messages": messages})
    asked = respond(client, "go", tools=[{"type": "function", "name": "python"}])
    hosted = [{"type": "code_interpreter", "container": {"type": "auto"}}]
    answered = respond(client, outputs_for(asked, "MINE"), tools=hosted, previous_response_id=asked.id)
    assert answered.output_text == "It said MINE."


@pytest.mark.parametrize("choice", ["required", {"type": "code_interpreter"}])
def test_a_tool_can_be_chosen(tools_client, choice):
    assert run_code(tools_client, "add", tool_choice=choice).output_text == "40"


# --- the background ---


def test_a_background_response_is_polled(client):
    response = respond(client, "hi", background=True)
    assert (response.status, response.output, response.usage) == ("queued", [], None)
    seen = [client.responses.retrieve(response.id) for _ in range(3)]
    assert [each.status for each in seen] == ["in_progress", "completed", "completed"]
    assert seen[-1].output_text == HELLO
    assert client.responses.cancel(response.id) == seen[-1]


def test_a_failure_in_the_background_is_in_the_response(client):
    response = respond(client, "Nobody recorded this", background=True)
    failed = [client.responses.retrieve(response.id) for _ in range(2)][-1]
    assert (failed.status, failed.error.code) == ("failed", "invalid_prompt")
    assert "go live" in failed.error.message


def test_a_background_response_can_be_cancelled_as_often_as_one_likes(client):
    response = respond(client, "hi", background=True)
    assert [client.responses.cancel(response.id).status for _ in range(2)] == ["cancelled", "cancelled"]
    cancelled = client.responses.retrieve(response.id)
    assert (cancelled.output, cancelled.usage) == ([], None)
    with pytest.raises(openai.BadRequestError, match="Cannot cancel a synchronous response"):
        client.responses.cancel(respond(client, "hi").id)


# --- what is refused ---

CALL_ITEM = {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "{}"}
OUTPUT_ITEM = {"type": "function_call_output", "call_id": "call_1", "output": "18"}
USER = {"role": "user", "content": "hi"}
STORE, FILE = "vs_AAAAAAAAAAAAAAAAAAAAAAAA", "file-AAAAAAAAAAAAAAAAAAAAAAAA"

# What is wrong: the members of the request, what the message says, and the error's param, code and status.
REFUSALS = {
    "no model": ({"model": None}, "Invalid type for 'model': expected a string", "model", "invalid_type", 400),
    "an unknown member": ({"colour": "red"}, "Unknown parameter: 'colour'.", "colour", "unknown_parameter", 400),
    "nothing to answer": ({"input": []}, "Missing required parameter", "input", "missing_required_parameter", 400),
    "two histories": ({"previous_response_id": "resp_1", "conversation": "conv_1"}, "mutually exclusive",
                      "previous_response_id", "mutually_exclusive_parameters", 400),
    "no such response": ({"previous_response_id": "resp_1"}, "Previous response with id 'resp_1' not found.",
                         "previous_response_id", "previous_response_not_found", 400),
    "no such conversation": ({"conversation": "conv_1"}, "Conversation with id 'conv_1' not found.",
                             "conversation", None, 404),
    "a call without its output": ({"input": [USER, CALL_ITEM]}, "No tool output found for function call call_1.",
                                  "input", None, 400),
    "an output without its call": ({"input": [USER, OUTPUT_ITEM]},
                                   "No tool call found for function call output with call_id call_1.",
                                   "input", None, 400),
    "an item twice": ({"input": [{**USER, "id": "msg_1"}, {**USER, "id": "msg_1"}]},
                      "Duplicate item found with id msg_1.", "input", None, 400),
    "an unknown item": ({"input": [{"type": "riddle"}]}, "Invalid value: 'riddle'. Supported values are: 'message', ",
                        "input[0].type", "invalid_value", 400),
    "an unknown role": ({"input": [{"role": "robot", "content": "hi"}]}, "Invalid value: 'robot'.",
                        "input[0].role", "invalid_value", 400),
    "a user's output_text": ({"input": [{"role": "user", "content": [{"type": "output_text", "text": "hi"}]}]},
                             "Supported values are: 'input_text' and 'input_image'.",
                             "input[0].content[0].type", "invalid_value", 400),
    "an assistant's input_text": ({"input": [{"role": "assistant", "content": [{"type": "input_text", "text": "hi"}]}]},
                                  "Supported values are: 'output_text' and 'refusal'.",
                                  "input[0].content[0].type", "invalid_value", 400),
    "an item of nothing": ({"input": [{}]}, "Missing required parameter: 'input[0].role'.", "input[0].role",
                           "missing_required_parameter", 400),
    "a picture of nothing": ({"input": [{"role": "user", "content": [{"type": "input_image"}]}]},
                             "give either 'file_id' or 'image_url'", "input[0].content[0].image_url",
                             "invalid_value", 400),
    "a picture that is not there": (
        {"input": [{"role": "user", "content": [{"type": "input_image", "file_id": FILE}]}]},
        f"No such File object: {FILE}", "id", None, 404),
    "broken outputs of code": (
        {"input": [{"type": "code_interpreter_call", "id": "ci_1", "container_id": "cntr_1", "status": "completed",
                    "outputs": [{"type": "logs"}]}]},
        "Missing required parameter: 'input[0].outputs[0].logs'.", "input[0].outputs[0].logs",
        "missing_required_parameter", 400),
    "a nested function": ({"tools": [{"type": "function", "function": {"name": "f"}}]},
                          "Missing required parameter: 'tools[0].name'.", "tools[0].name",
                          "missing_required_parameter", 400),
    "a tool that is not here": ({"tools": [{"type": "web_search"}]}, "Supported values are: 'function', 'file_search', "
                                "and 'code_interpreter'.", "tools[0].type", "invalid_value", 400),
    "no container": ({"tools": [{"type": "code_interpreter"}]}, "Missing required parameter: 'tools[0].container'.",
                     "tools[0].container", "missing_required_parameter", 400),
    "no such container": ({"tools": [{"type": "code_interpreter", "container": "cntr_1"}]},
                          "Container with id 'cntr_1' not found.", "tools.container", None, 404),
    "no such file": ({"tools": [{"type": "code_interpreter", "container": {"type": "auto", "file_ids": [FILE]}}]},
                     f"No such File object: {FILE}", "id", None, 404),
    "no such vector store": ({"tools": [{"type": "file_search", "vector_store_ids": [STORE]}]},
                             f"No vector store found with id '{STORE}'.", None, None, 404),
    "too few tokens": ({"max_output_tokens": 15}, "Expected a value >= 16, but got 15 instead.", "max_output_tokens",
                       "integer_below_min_value", 400),
    "an unknown include": ({"include": ["everything"]}, "Invalid value: 'everything'.", "include[0]",
                           "invalid_value", 400),
    "a background stream": ({"background": True, "stream": True}, "can't be streamed here", "stream",
                            "unsupported_parameter", 400),
    "an unstored background": ({"background": True, "store": False}, "must be stored", "store", None, 400),
}  # fmt: skip


@pytest.mark.parametrize(("members", "says", "param", "code", "status"), REFUSALS.values(), ids=REFUSALS)
def test_a_bad_request_is_refused(client, wire, members, says, param, code, status):
    with pytest.raises(openai.APIStatusError) as refused:
        client.post("/responses", body={"model": MODEL, "input": "hi", **members}, cast_to=object)
    error = refused.value
    assert says in error.message
    assert (error.status_code, error.param, error.code) == (status, param, code)
    assert len(wire) == 1


@pytest.mark.parametrize(("text", "error", "status"), [
    ("Nobody recorded this", openai.BadRequestError, 400),
    ("Tell me all", openai.RateLimitError, 429),
])  # fmt: skip
def test_a_model_that_fails_is_an_error_and_is_not_asked_again(client, wire, text, error, status):
    with pytest.raises(error) as raised:
        respond(client, text)
    assert (raised.value.status_code, len(wire)) == (status, 1)


def test_an_expired_vector_store_is_refused(tools_client, library):
    store = tools_client.vector_stores.create(expires_after={"anchor": "last_active_at", "days": 1})
    skip_time(tools_client, 2 * 86400)
    with pytest.raises(openai.BadRequestError, match=f"Vector store {store.id} is expired"):
        respond(tools_client, "hi", tools=[{"type": "file_search", "vector_store_ids": [store.id]}])


def test_items_given_back_beside_a_stored_history_are_refused(client):
    first = respond(client, "hi")
    with pytest.raises(openai.BadRequestError, match=f"Duplicate item found with id {first.output[0].id}"):
        respond(client, [*first.output, {"role": "user", "content": "More"}], previous_response_id=first.id)


def test_what_was_said_before_it_broke_off_is_in_the_stream(client):
    failed = streamed(client, "Tell me all")[-1].response
    assert (failed.status, failed.error.code) == ("failed", "rate_limit_exceeded")
    assert (failed.output[0].status, failed.output_text) == ("incomplete", "It all began")
