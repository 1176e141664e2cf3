"""Responses that a live endpoint answers: what it is asked, and what becomes of its answers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types.responses import Response

from contract.talks import REPORTER, answer_to, ask, finish, outputs_for, reporter, submit, thread_with
from contract.test_file_search import SEA
from live.endpoint import (
    KEY,
    Exchange,
    answer,
    call,
    deltas,
    message,
    opening,
    reasoning,
    refusing,
    saying,
    streaming,
)
from local_api import Endpoint, create_app, lasting_home
from local_api.http.in_process import client_over
from local_api.model.live import LiveModel
from local_api.model.recorder import RecorderModel, recording_of
from waiting import PATIENCE, nobody_works

WEATHER_TOOL = {"type": "function", "name": "get_weather", "description": None, "parameters": {"type": "object"}}


def respond(client: openai.OpenAI, input: Any, **members: Any) -> Response:
    return client.responses.create(**{"model": "gpt-6-luna", "input": input, **members})


def said(role: str, text: str) -> dict:
    return {"type": "message", "role": role, "content": text}


def test_a_history_is_told_each_time_and_nothing_is_left_there(answered: Callable) -> None:
    client, endpoint = answered(saying("Hello."), saying("Four."))
    first = respond(client, "hi", instructions="Be kind.", temperature=0.5, reasoning={"effort": "low"})
    second = respond(client, "2 + 2?", previous_response_id=first.id)
    assert (first.output_text, second.output_text) == ("Hello.", "Four.")
    asked, again = endpoint.bodies
    assert (asked["instructions"], asked["temperature"], asked["reasoning"]) == ("Be kind.", 0.5, {"effort": "low"})
    history = [said("user", "hi"), said("assistant", "Hello."), said("user", "2 + 2?")]
    assert again == {"model": "gpt-6-luna", "input": history, "stream": True, "store": False}
    assert (second.usage.input_tokens, second.usage.output_tokens) == (5, 7)
    assert (second.usage.input_tokens_details.cached_tokens, second.usage.output_tokens_details.reasoning_tokens) == (
        2,
        3,
    )


@pytest.mark.parametrize("is_stored", [True, False])
def test_a_function_round_sends_back_all_that_the_model_said_in_its_order(answered: Callable, is_stored: bool) -> None:
    items = [reasoning("rs_1"), message("I look it up."), reasoning("rs_2"), call('{"city": "Rome"}')]
    client, endpoint = answered(streaming(*answer(*items)), saying("Sunny."))
    asked = respond(client, "Rome?", tools=[WEATHER_TOOL], store=is_stored)
    assert [item.type for item in asked.output] == ["reasoning", "message", "reasoning", "function_call"]
    assert asked.output[0].encrypted_content == "sealed rs_1"
    output = {"type": "function_call_output", "call_id": "call_1", "output": "24"}
    if is_stored:
        told = respond(client, [output], tools=[WEATHER_TOOL], previous_response_id=asked.id)
    else:
        told = respond(client, [said("user", "Rome?"), *asked.output, output], tools=[WEATHER_TOOL], store=False)
    assert told.output_text == "Sunny."
    call_item = {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": '{"city": "Rome"}'}
    one, other = reasoning("rs_1"), reasoning("rs_2")
    history = [said("user", "Rome?"), one, said("assistant", "I look it up."), other, call_item, output]
    assert endpoint.bodies[1]["input"] == history


def test_a_search_is_made_here_and_cited_beside_the_text(answered: Callable) -> None:
    searching = call('{"queries": ["salt"]}', name="file_search")
    client, endpoint = answered(
        streaming(*answer(searching)), saying("It is salt【4:0†sea.txt】."), saying("You are welcome.")
    )
    file = client.files.create(file=("sea.txt", SEA.encode()), purpose="assistants")
    store = client.vector_stores.create(file_ids=[file.id])
    tools = [{"type": "file_search", "vector_store_ids": [store.id]}]
    response = respond(client, "Why?", tools=tools)
    part = response.output[1].content[0]
    assert (part.text, part.annotations[0].filename, part.annotations[0].index) == ("It is salt.", "sea.txt", 10)
    assert endpoint.bodies[0]["tools"][0]["name"] == "file_search"
    assert SEA in endpoint.bodies[1]["input"][-1]["output"]
    assert response.usage.total_tokens == 24
    respond(client, "Thanks.", tools=tools, previous_response_id=response.id)
    kinds = [item["type"] for item in endpoint.bodies[2]["input"]]
    assert kinds == ["message", "function_call", "function_call_output", "message", "message"]


def test_a_choice_forces_the_first_turn_only(answered: Callable) -> None:
    searching = call('{"queries": ["salt"]}', name="file_search")
    client, endpoint = answered(streaming(*answer(searching)), saying("Done."))
    store = client.vector_stores.create()
    tools = [{"type": "file_search", "vector_store_ids": [store.id]}]
    respond(client, "Why?", tools=tools, tool_choice={"type": "file_search"})
    forced, free = endpoint.bodies
    assert forced["tool_choice"] == {"type": "function", "name": "file_search"}
    assert free.get("tool_choice", "auto") == "auto"


def test_a_search_of_ours_and_a_function_of_the_same_name_stay_apart(answered: Callable) -> None:
    ours = call('{"queries": ["salt"]}', call_id="call_1", name="file_search_of_assistant")
    theirs = call('{"x": 1}', call_id="call_2", name="file_search")
    client, endpoint = answered(
        streaming(*answer(ours)), saying("Nothing."), streaming(*answer(theirs)), saying("It said MINE.")
    )
    store = client.vector_stores.create()
    function = {"type": "function", "name": "file_search", "parameters": {"type": "object"}}
    tools = [function, {"type": "file_search", "vector_store_ids": [store.id]}]
    first = respond(client, "Search.", tools=tools)
    second = respond(client, "Call mine.", tools=tools, previous_response_id=first.id)
    (asked,) = second.output
    assert (asked.type, asked.name) == ("function_call", "file_search")
    output = {"type": "function_call_output", "call_id": asked.call_id, "output": "MINE"}
    third = respond(client, [output], tools=tools, previous_response_id=second.id)
    assert third.output_text == "It said MINE."
    names = [item["name"] for item in endpoint.bodies[3]["input"] if item["type"] == "function_call"]
    assert names == ["file_search_of_assistant", "file_search"]


def test_a_refusal_is_an_item_of_its_own_kind(answered: Callable) -> None:
    client, _ = answered(streaming(*answer(message("No.", "refusal"))))
    part = respond(client, "hi").output[0].content[0]
    assert (part.type, part.refusal) == ("refusal", "No.")


def test_words_are_streamed_as_they_come(answered: Callable) -> None:
    may_end = threading.Event()

    def slowly(exchange: Exchange) -> None:
        exchange.head()
        exchange.send(*opening(message("One two.")), *deltas("One "))
        assert may_end.wait(PATIENCE)
        exchange.send(*deltas("two."), *answer(message("One two."))[-2:])

    client, _ = answered(slowly)
    words = []
    for event in respond(client, "hi", stream=True):
        if event.type == "response.output_text.delta":
            words.append(event.delta)
            may_end.set()
    assert words == ["One ", "two."]
    assert event.response.output_text == "One two."


def hanging(hung_up: threading.Event) -> Callable[[Exchange], None]:
    """Begin an answer, and wait until nobody wants it any more."""

    def reply(exchange: Exchange) -> None:
        exchange.head()
        exchange.send(*opening(message("One")), *deltas("One"))
        if exchange.was_hung_up():
            hung_up.set()

    return reply


def test_a_cancelled_background_response_hangs_up(answered: Callable) -> None:
    hung_up = threading.Event()
    client, endpoint = answered(hanging(hung_up))
    response = respond(client, "hi", background=True)
    while not endpoint.asked:
        response = client.responses.retrieve(response.id)
    assert response.status in ("queued", "in_progress")
    assert client.responses.cancel(response.id).status == "cancelled"
    assert hung_up.wait(PATIENCE)
    nobody_works()
    assert client.responses.retrieve(response.id).status == "cancelled"


def test_one_response_at_a_time_in_a_conversation(answered: Callable) -> None:
    hung_up = threading.Event()
    client, endpoint = answered(hanging(hung_up), saying("Hello."))
    conversation = client.conversations.create()
    working = respond(client, "hi", background=True, conversation=conversation.id)
    while not endpoint.asked:
        client.responses.retrieve(working.id)
    with pytest.raises(openai.BadRequestError, match="Another process is currently operating"):
        respond(client, "hi", conversation=conversation.id)
    client.responses.cancel(working.id)
    assert respond(client, "hi", conversation=conversation.id).output_text == "Hello."
    assert hung_up.wait(PATIENCE)


def test_nobody_goes_on_with_an_unstored_response_whose_listener_has_left(answered: Callable) -> None:
    hung_up = threading.Event()
    client, _ = answered(hanging(hung_up))
    with respond(client, "hi", stream=True, store=False) as stream:
        next(event for event in stream if event.type == "response.output_text.delta")
    assert hung_up.wait(PATIENCE)


@pytest.mark.parametrize(("status", "error"), [(400, openai.BadRequestError), (401, openai.InternalServerError)])
def test_what_the_endpoint_refuses_is_an_error(answered: Callable, status: int, error: type[Exception]) -> None:
    client, endpoint = answered(refusing(status, "No such thing"))
    with pytest.raises(error):
        respond(client, "hi")
    assert len(endpoint.asked) == 1


def test_what_was_recorded_through_responses_is_replayed_to_runs(
    scripted: Callable, open_home: Callable, tmp_path: Path
) -> None:
    endpoint = scripted(streaming(*answer(call('{"city": "Rome"}'))), saying("24 degrees."), saying("Bye."))
    lines = tmp_path / "lines.jsonl"
    home = lasting_home(tmp_path / "db.sqlite3", RecorderModel(LiveModel(Endpoint(endpoint.url, KEY, None)), lines))
    client = openai.OpenAI(api_key="none", base_url="http://local/v1", http_client=client_over(create_app(home)))
    report = {"instructions": REPORTER, "tools": [WEATHER_TOOL]}
    first = respond(client, "Rome?", **report)
    output = {"type": "function_call_output", "call_id": first.output[0].call_id, "output": "24"}
    second = respond(client, [output], previous_response_id=first.id, **report)
    respond(client, "Thanks.", previous_response_id=second.id, **report)
    nobody_works()
    home.store.close()

    recorded = recording_of(lines, "an endpoint", date(2026, 11, 22))["conversations"]
    client = open_home(*recorded)
    thread, assistant = thread_with(client, "Rome?"), reporter(client)
    waiting = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    finish(client, submit(client, waiting, outputs_for(waiting, "24")))
    assert answer_to(client, waiting) == "24 degrees."
    assert answer_to(client, ask(client, thread, assistant, "Thanks.")) == "Bye."
