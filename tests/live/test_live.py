"""What an endpoint is asked, how its answer arrives, and what makes a client live at all."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from typing import Any

import openai
import pytest

import helpers
from contract.talks import (
    TOOL,
    answer_to,
    begin,
    cancel,
    finish,
    outputs_for,
    read,
    reporter,
    submit,
    thread_with,
    tutor,
)
from helpers import connection
from live.endpoint import (
    KEY,
    Exchange,
    answer,
    call,
    deltas,
    ending,
    json_reply,
    message,
    opening,
    pieces_of,
    reasoning,
    refusing,
    saying,
    streaming,
)
from waiting import PATIENCE, nobody_works

SCHEMA = {"type": "object", "properties": {"x": {"type": "number"}}}
FORMAT = {"type": "json_schema", "json_schema": {"name": "solution", "schema": SCHEMA}}


def asked_with(answered: Callable, model: str | None = None, **options: Any) -> dict:
    """The body that the endpoint gets for a run with these options."""
    client, endpoint = answered(saying("Hello."), model=model)
    assert finish(client, begin(client, "hi", **options)).status == "completed"
    return endpoint.bodies[0]


# --- what is asked ---


def test_a_function_round_sends_back_all_that_the_model_said_in_its_order(answered: Callable) -> None:
    first = [reasoning("rs_1"), message("I look it up."), reasoning("rs_2"), call('{"city": "Rome"}')]
    client, endpoint = answered(streaming(*answer(*first)), saying("Sunny."))
    waiting = finish(client, begin(client, "Paris and Rome?"))
    submit(client, waiting, outputs_for(waiting, "24"))
    run = finish(client, waiting)
    output = {"type": "function_call_output", "call_id": "call_1", "output": "24"}
    question = {"type": "message", "role": "user", "content": "Paris and Rome?"}
    assert endpoint.bodies[1]["input"] == [question, *first, output]
    assert (run.status, run.usage.prompt_tokens, run.usage.completion_tokens) == ("completed", 10, 14)


def test_each_round_says_everything_and_leaves_nothing_there(answered: Callable) -> None:
    client, endpoint = answered(streaming(*answer(call("{}"))), saying("Sunny."))
    choice = {"type": "function", "function": {"name": "get_weather"}}
    waiting = finish(client, begin(client, "Paris and Rome?", tool_choice=choice))
    submit(client, waiting, outputs_for(waiting, "24"))
    assert finish(client, waiting).status == "completed"
    first, second = endpoint.bodies
    assert first.pop("tool_choice") == {"type": "function", "name": "get_weather"}
    for body in (first, second):
        del body["input"]
        tool = {"type": "function", **TOOL["function"]}
        assert body == {
            "model": "gpt-6-luna",
            "instructions": "You report the weather.",
            "stream": True,
            "store": False,
            "tools": [tool],
            "parallel_tool_calls": True,
        }


def test_the_next_run_sends_the_whole_thread(answered: Callable) -> None:
    client, endpoint = answered(saying("Hello there."))
    run = finish(client, begin(client, "hi"))
    client.beta.threads.messages.create(run.thread_id, role="user", content="And now?")
    client.beta.threads.runs.create_and_poll(thread_id=run.thread_id, assistant_id=run.assistant_id)
    said = [(item["type"], item["role"], item["content"]) for item in endpoint.bodies[1]["input"]]
    assert said == [
        ("message", "user", "hi"),
        ("message", "assistant", "Hello there."),
        ("message", "user", "And now?"),
    ]


@pytest.mark.parametrize(("begins", "type"), [(b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg")])
def test_a_picture_that_was_uploaded_is_sent_along(answered: Callable, begins: bytes, type: str) -> None:
    client, endpoint = answered(saying("A cat."))
    file = client.files.create(file=("cat", begins + b"..."), purpose="vision")
    picture = {"type": "image_file", "image_file": {"file_id": file.id}}
    thread = client.beta.threads.create(
        messages=[{"role": "user", "content": [{"type": "text", "text": "What is it?"}, picture]}]
    )
    client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=tutor(client).id)
    address = f"data:{type};base64,{base64.b64encode(begins + b'...').decode()}"
    assert endpoint.bodies[0]["input"][0]["content"] == [
        {"type": "input_text", "text": "What is it?"},
        {"type": "input_image", "image_url": address, "detail": "auto"},
    ]


def test_a_strict_function_is_strict_and_silence_means_it_is_not(answered: Callable) -> None:
    client, endpoint = answered(saying("Sunny."))
    plain = {"type": "function", "function": {"name": "now", "parameters": {"type": "object", "properties": {}}}}
    strict = {"type": "function", "function": {**TOOL["function"], "strict": True}}
    assistant, thread = tutor(client, tools=[plain, strict]), thread_with(client, "hi")
    client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    assert [tool["strict"] for tool in endpoint.bodies[0]["tools"]] == [False, True]


def test_nothing_is_sent_that_nobody_asked_for(answered: Callable) -> None:
    assert set(asked_with(answered)) == {"model", "input", "instructions", "stream", "store"}


def test_what_was_asked_for_is_sent(answered: Callable) -> None:
    body = asked_with(answered, temperature=0.2, top_p=0.5, max_completion_tokens=300, response_format=FORMAT)
    assert (body["temperature"], body["top_p"], body["max_output_tokens"]) == (0.2, 0.5, 300)
    sent = body["text"]["format"]
    assert (sent["type"], sent["name"], sent["schema"]) == ("json_schema", "solution", SCHEMA)


def test_model_name_is_for_the_endpoint_and_objects_keep_the_clients(answered: Callable) -> None:
    client, endpoint = answered(saying("Hello."), model="tiny")
    run = finish(client, begin(client, "hi"))
    assert endpoint.bodies[0]["model"] == "tiny"
    assert run.model == "gpt-6-luna"


# --- how it arrives ---


def test_each_piece_arrives_before_the_next_is_sent(answered: Callable) -> None:
    seen = threading.Semaphore(0)
    waited: list[bool] = []

    def one_by_one(exchange: Exchange) -> None:
        exchange.head()
        exchange.send(*opening(message("")))
        for event in deltas("one two three"):
            exchange.send(event)
            waited.append(seen.acquire(timeout=PATIENCE))
        exchange.send(ending(message("one two three")))

    client, _ = answered(one_by_one)
    thread, assistant = thread_with(client, "hi"), tutor(client)
    pieces = []
    with client.beta.threads.runs.stream(thread_id=thread.id, assistant_id=assistant.id) as stream:
        for piece in stream.text_deltas:
            pieces.append(piece)
            seen.release()
    assert pieces == pieces_of("one two three")
    assert waited == [True] * 3


@pytest.mark.parametrize("first", [None, [], [*opening(message("")), *deltas("It all began")]])
def test_a_cancelled_run_hangs_up(answered: Callable, first: list[dict] | None) -> None:
    """Before the first header, after it, and in mid-text."""
    is_asked, was_hung_up = threading.Event(), []

    def endless(exchange: Exchange) -> None:
        if first is not None:
            exchange.head()
            exchange.send(*first)
        is_asked.set()
        was_hung_up.append(exchange.was_hung_up())
        is_noticed.set()

    is_noticed = threading.Event()
    client, endpoint = answered(endless)
    run = begin(client, "hi")
    assert is_asked.wait(PATIENCE)
    cancel(client, run)
    assert is_noticed.wait(PATIENCE + 1)
    assert was_hung_up == [True]
    assert finish(client, run).status == "cancelled"
    nobody_works()
    assert len(endpoint.asked) == 1  # the SDK would try again after a connection that broke
    client.beta.threads.messages.create(run.thread_id, role="user", content="And now?")


def test_a_run_that_is_cancelled_between_two_attempts_is_not_tried_again(answered: Callable) -> None:
    client, endpoint = answered(refusing(429, "Slow down", retry_after="1"), saying("Hello."))
    run = begin(client, "hi")
    while not endpoint.asked:
        time.sleep(0.01)
    cancel(client, run)
    assert finish(client, run).status == "cancelled"
    nobody_works()
    assert len(endpoint.asked) == 1


def test_a_deleted_thread_hangs_up(answered: Callable) -> None:
    is_asked, was_hung_up, is_noticed = threading.Event(), [], threading.Event()

    def endless(exchange: Exchange) -> None:
        exchange.head()
        is_asked.set()
        was_hung_up.append(exchange.was_hung_up())
        is_noticed.set()

    client, _ = answered(endless)
    run = begin(client, "hi")
    assert is_asked.wait(PATIENCE)
    client.beta.threads.delete(run.thread_id)
    assert is_noticed.wait(PATIENCE + 1)
    assert was_hung_up == [True]


def test_runs_are_worked_on_together(answered: Callable) -> None:
    """Each is answered only once all three have asked."""
    together = threading.Barrier(3, timeout=PATIENCE)

    def reply(exchange: Exchange) -> None:
        together.wait()
        saying(f"You said {exchange.body['input'][0]['content']}.")(exchange)

    client, _ = answered(reply)
    runs = [begin(client, text) for text in ("one", "two", "three")]
    finished = [finish(client, run) for run in runs]
    assert [answer_to(client, run) for run in finished] == ["You said one.", "You said two.", "You said three."]


# --- what makes a client live ---


def first_run(client: openai.OpenAI) -> str:
    run = finish(client, begin(client, "hi"))
    return run.status


def test_connect_live_says_where_and_not_with_which_key(
    scripted: Callable, settings: pytest.MonkeyPatch, connect: Callable, capsys: pytest.CaptureFixture
) -> None:
    endpoint = scripted()
    settings.setenv("MODEL_BASE_URL", endpoint.url + "/")
    settings.setenv("MODEL_API_KEY", KEY)
    settings.setenv("MODEL_NAME", "tiny")
    client = connect(mode="live")
    assert capsys.readouterr().out == f"live mode: tiny at {endpoint.url}, with a key\n"
    assert first_run(client) == "completed"
    assert (endpoint.asked[0].key, endpoint.bodies[0]["model"]) == (KEY, "tiny")


def test_course_mode_makes_it_live(
    scripted: Callable, settings: pytest.MonkeyPatch, connect: Callable, capsys: pytest.CaptureFixture
) -> None:
    endpoint = scripted()
    settings.setenv("COURSE_MODE", "live")
    settings.setenv("MODEL_BASE_URL", endpoint.url)
    assert first_run(connect()) == "completed"
    assert "without a key" in capsys.readouterr().out


def test_a_key_lying_around_does_not_make_it_live(
    scripted: Callable, settings: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    endpoint = scripted()
    for name in ("OPENAI_API_KEY", "MODEL_API_KEY"):
        settings.setenv(name, KEY)
    for name in ("OPENAI_BASE_URL", "MODEL_BASE_URL"):
        settings.setenv(name, endpoint.url)
    client = helpers.connect("01_basics")
    assert capsys.readouterr().out.startswith("recorded mode")
    assert first_run(client) == "failed"  # no recording knows the question
    assert endpoint.asked == []


def test_openais_key_stays_with_openai(scripted: Callable, settings: pytest.MonkeyPatch, connect: Callable) -> None:
    endpoint = scripted()
    settings.setenv("OPENAI_API_KEY", KEY)
    settings.setenv("MODEL_BASE_URL", endpoint.url)
    assert first_run(connect(mode="live")) == "completed"
    assert KEY not in str(endpoint.asked[0].handler.headers)


def test_openais_twins_are_taken_where_nothing_else_is_said(
    scripted: Callable, settings: pytest.MonkeyPatch, connect: Callable
) -> None:
    endpoint = scripted()
    settings.setenv("OPENAI_BASE_URL", endpoint.url)
    settings.setenv("OPENAI_API_KEY", KEY)
    settings.setenv("OPENAI_MODEL", "small")
    assert first_run(connect(mode="live")) == "completed"
    assert (endpoint.asked[0].key, endpoint.bodies[0]["model"]) == (KEY, "small")


def test_two_clients_of_one_database_see_the_same_run(
    scripted: Callable, settings: pytest.MonkeyPatch, connect: Callable
) -> None:
    settings.setenv("MODEL_BASE_URL", scripted().url)
    first, second = connect(mode="live"), connect(mode="live")
    run = finish(first, begin(first, "hi"))
    assert read(second, run) == run
    assert reporter(second).id in [assistant.id for assistant in first.beta.assistants.list()]


def test_todays_client_asks_the_endpoint_itself(
    scripted: Callable, settings: pytest.MonkeyPatch, connect: Callable, capsys: pytest.CaptureFixture
) -> None:
    endpoint = scripted(json_reply(ending(message("Hello."))["response"]))
    settings.setenv("MODEL_BASE_URL", endpoint.url)
    settings.setenv("MODEL_API_KEY", KEY)
    settings.setenv("OPENAI_ORG_ID", "org-of-mine")
    connect(mode="live")
    today, model = helpers.connect_today()
    said = f"live mode: gpt-6-luna at {endpoint.url}, with a key, without local_api in between\n"
    assert capsys.readouterr().out.endswith(said)
    asked = {"model": model, "input": "hi", "conversation": "conv_1"}
    assert today.responses.create(**asked).output_text == "Hello."
    assert (endpoint.asked[0].key, endpoint.bodies) == (KEY, [asked])
    assert "org-of-mine" not in str(endpoint.asked[0].handler.headers)


def test_todays_client_asks_for_the_model_of_the_settings(settings: pytest.MonkeyPatch, connect: Callable) -> None:
    settings.setenv("MODEL_BASE_URL", "http://127.0.0.1:1/v1")
    settings.setenv("MODEL_NAME", "tiny")
    connect(mode="live")
    assert helpers.connect_today()[1] == "tiny"
    helpers.connect("06_responses_api")
    assert helpers.connect_today()[1] == "gpt-6-luna"


@pytest.mark.parametrize("open_", [helpers.connect_today, helpers.connect_async])
def test_another_client_needs_a_first_one(open_: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_latest", None)
    with pytest.raises(RuntimeError, match="Call connect"):
        open_()
