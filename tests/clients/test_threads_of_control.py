"""Many things at once, and things left in the middle, over HTTP: each run ends as it would have alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from openai.types.beta import Assistant
from openai.types.beta.threads import Run

from contract.talks import (
    HELLO,
    REPORTER,
    WEATHER,
    answer_to,
    begin,
    call,
    calls_of,
    finish,
    messages_of,
    outputs_for,
    read,
    reporter,
    steps_of,
    talk,
    text_of,
    thread_with,
    tutor,
    waiting,
)
from server.running import Server

STREAMS = 20
ROUNDS = 12
RACES = 5
PATIENCE = 60  # seconds after which a test that hangs is given up
OTHER_WEATHER = talk(
    WEATHER["messages"][0],
    WEATHER["messages"][1],
    {"outputs": ["-5", "-1"]},
    {"assistant": "It froze in both."},
    instructions=REPORTER,
    tools=["get_weather"],
)


def question(number: int) -> str:
    return f"Question {number}?"


def long_answer(number: int) -> str:
    """Enough words that the streams overlap."""
    return " ".join(f"answer{number}.{word}" for word in range(200))


def test_twenty_streams_at_once_each_tell_their_own_run(serve: Callable[..., Server]):
    server = serve(*(talk((question(number), long_answer(number))) for number in range(STREAMS)))
    client = server.client()
    assistant, all_open = tutor(client), threading.Barrier(STREAMS, timeout=PATIENCE)
    with ThreadPoolExecutor(STREAMS) as pool:
        streamed = list(pool.map(lambda number: stream_one(client, assistant, number, all_open), range(STREAMS)))
    for number, (text, run) in enumerate(streamed):
        assert text == long_answer(number)
        assert run.status == "completed"
        assert run == read(client, run)
        assert [text_of(message) for message in messages_of(client, run)] == [question(number), text]


def stream_one(
    client: openai.OpenAI, assistant: Assistant, number: int, all_open: threading.Barrier
) -> tuple[str, Run]:
    """What a stream says and its last run; it is read on only once all streams are open."""
    thread = thread_with(client, question(number))
    words = []
    with client.beta.threads.runs.stream(thread_id=thread.id, assistant_id=assistant.id) as stream:
        assert next(stream).event == "thread.run.created"
        all_open.wait()
        words.extend(stream.text_deltas)
        return "".join(words), stream.get_final_run()


def test_a_stream_left_at_any_event_leaves_nothing_open(serve: Callable[..., Server]):
    client = serve(talk(("hi", HELLO))).client()
    events = list(begin(client, "hi", stream=True))
    for wanted in range(1, len(events) + 1):
        with begin(client, "hi", stream=True) as stream:
            seen = [next(stream) for _ in range(wanted)]
        assert_free(client, finish(client, seen[0].data), HELLO)


def test_a_submit_left_at_any_event_leaves_nothing_open(serve: Callable[..., Server]):
    client = serve(WEATHER).client()
    events = list(submit(client, waiting(client), ["18", "24"], stream=True))
    for wanted in range(len(events) + 1):
        run = waiting(client)
        with submit(client, run, ["18", "24"], stream=True) as stream:
            for _ in range(wanted):
                next(stream)
        assert_free(client, finish(client, run), "Paris 18, Rome 24.")


def assert_free(client: openai.OpenAI, run: Run, answer: str) -> None:
    """A run has done all it had to, and its thread takes the next message."""
    assert run.status == "completed"
    assert {step.status for step in steps_of(client, run)} == {"completed"}
    assert answer_to(client, run) == answer
    client.beta.threads.messages.create(run.thread_id, role="user", content="The thread is free.")


def submit(client: openai.OpenAI, run: Run, outputs: list[str], **options: bool):
    return client.beta.threads.runs.submit_tool_outputs(
        run.id, thread_id=run.thread_id, tool_outputs=outputs_for(run, *outputs), **options
    )


@pytest.mark.parametrize("streamed", [False, True])
def test_of_two_submits_at_once_exactly_one_counts(serve: Callable[..., Server], streamed: bool):
    client = serve(WEATHER, OTHER_WEATHER).client()
    answers = {("18", "24"): "Paris 18, Rome 24.", ("-5", "-1"): "It froze in both."}
    for _ in range(RACES):
        run = waiting(client)
        winner = race(client, run, list(answers), streamed)
        assert finish(client, run).status == "completed"
        assert answer_to(client, run) == answers[winner]
        calls_step, _ = steps_of(client, run)
        assert tuple(call.function.output for call in calls_step.step_details.tool_calls) == winner


def race(client: openai.OpenAI, run: Run, entries: list[tuple[str, ...]], streamed: bool) -> tuple[str, ...]:
    """The outputs that were taken when all of these were submitted at the same moment; the others were refused."""
    start = threading.Barrier(len(entries), timeout=PATIENCE)

    def enter(outputs: tuple[str, ...]) -> str | None:
        start.wait()
        try:
            answer = submit(client, run, list(outputs), stream=streamed)
        except openai.BadRequestError as refused:
            return refused.message
        if streamed:
            list(answer)
        return None

    with ThreadPoolExecutor(len(entries)) as pool:
        refusals = list(pool.map(enter, entries))
    assert refusals.count(None) == 1
    (refusal,) = filter(None, refusals)
    assert 'Runs in status "' in refusal
    assert '" do not accept tool outputs.' in refusal
    return entries[refusals.index(None)]


def cities(number: int) -> list[str]:
    """What the model asks for in one round: one call, then two, then three, then one again."""
    return [f"City {number}.{part}" for part in range(1 + number % 3)]


def temperatures(number: int) -> list[str]:
    return [f"{city}: {20 + number}" for city in cities(number)]


def many_rounds() -> dict:
    rounds = [
        entry
        for number in range(ROUNDS)
        for entry in ({"calls": [call(city) for city in cities(number)]}, {"outputs": temperatures(number)})
    ]
    return talk({"user": "Everywhere?"}, *rounds, {"assistant": "Warm."}, instructions=REPORTER, tools=["get_weather"])


def test_many_rounds_of_several_calls(serve: Callable[..., Server]):
    client = serve(many_rounds()).client()
    thread = thread_with(client, "Everywhere?")
    stream = client.beta.threads.runs.create(thread_id=thread.id, assistant_id=reporter(client).id, stream=True)
    asked = set()
    for number in range(ROUNDS):
        run = list(stream)[-1].data
        assert run.status == "requires_action"
        asked.update(calls_of(run))
        stream = submit(client, run, temperatures(number), stream=True)
    run = list(stream)[-1].data
    assert run.status == "completed"
    check_rounds(client, run, asked)


def check_rounds(client: openai.OpenAI, run: Run, asked: set[str]) -> None:
    *rounds, last = steps_of(client, run)
    assert last.type == "message_creation"
    answered = [step.step_details.tool_calls for step in rounds]
    outputs = [[call.function.output for call in calls] for calls in answered]
    assert outputs == [temperatures(number) for number in range(ROUNDS)]
    assert {call.id for calls in answered for call in calls} == asked
    assert len(asked) == sum(map(len, answered))  # no id came twice
    assert run.usage.total_tokens == sum(step.usage.total_tokens for step in [*rounds, last])
    assert answer_to(client, run) == "Warm."
