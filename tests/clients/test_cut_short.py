"""Streams that do not end by themselves: a cancel from elsewhere, a model that fails, one that breaks off.

Recorded replies come at once, so a model of these tests' own stops in the middle until it is told to go on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types.beta.threads import Run

from contract.talks import TOOL, answer_to, cancel, finish, messages_of, read, steps_of, thread_with, tutor
from contract.wire import CheckedTransport, Exchange
from local_api import create_app, lasting_home
from local_api.model.model import ModelFailure, ModelRequest

PATIENCE = 60  # seconds after which a test that hangs is given up
BEGIN = ["thread.run.created", "thread.run.queued", "thread.run.in_progress"]
STEP = ["thread.run.step.created", "thread.run.step.in_progress"]
DELTAS = ["thread.message.created", "thread.message.in_progress", "thread.message.delta", "thread.message.delta"]
TWO_WORDS = [*BEGIN, *STEP, *DELTAS]

ModelEvent = dict[str, Any]
MESSAGE: ModelEvent = {"type": "response.output_item.added", "item": {"type": "message", "role": "assistant"}}
CALL: ModelEvent = {
    "type": "response.output_item.added",
    "item": {"type": "function_call", "call_id": "call_" + "a" * 24, "name": "get_weather", "arguments": ""},
}
WORDS: list[ModelEvent] = [{"type": "response.output_text.delta", "delta": word} for word in ("Well", ", so")]
ARGUMENTS: ModelEvent = {"type": "response.function_call_arguments.delta", "delta": '{"city": '}
LEFT_OUT: ModelEvent = {"type": "response.output_text.delta", "delta": " it goes on"}
TALKING = [MESSAGE, *WORDS]
CALLING = [CALL, ARGUMENTS]


class SlowModel:
    """Says what it is given to say, then waits until it may end.

    Args:
        said: the events before it stops.
        end: what comes after them: more events, or an exception to raise.
    """

    def __init__(self, said: list[ModelEvent], end: list[ModelEvent] | Exception) -> None:
        self.said = said
        self.end = end
        self.may_end = threading.Event()

    def respond(self, request: ModelRequest) -> Iterator[ModelEvent]:
        yield from self.said
        assert self.may_end.wait(PATIENCE)
        if isinstance(self.end, Exception):
            raise self.end
        yield from self.end


@pytest.fixture
def client_of(tmp_path: Path, wire: list[Exchange]) -> Iterator[Callable[[SlowModel], openai.OpenAI]]:
    """A function that gives a client of a lasting home in which this model answers."""
    clients = []

    def client_of_(model: SlowModel) -> openai.OpenAI:
        transport = CheckedTransport(create_app(lasting_home(tmp_path / "objects.sqlite3", model)), wire)
        http = openai.DefaultHttpxClient(transport=transport)
        clients.append(openai.OpenAI(api_key="any", base_url="http://local/v1", http_client=http, max_retries=0))
        return clients[-1]

    yield client_of_
    for client in clients:
        client.close()


def open_stream(client: openai.OpenAI):
    """The raw stream of a new run."""
    thread = thread_with(client, "hi")
    return client.beta.threads.runs.create(
        thread_id=thread.id, assistant_id=tutor(client, tools=[TOOL]).id, stream=True
    )


def stream_names(wire: list[Exchange]) -> list[str]:
    """The events of the one stream of a test."""
    (streamed,) = [exchange for exchange in wire if exchange.events]
    return streamed.event_names


def elsewhere(do: Callable[[], Run]) -> Run:
    """What another thread gets when it does this."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(do).result(PATIENCE)


@pytest.mark.parametrize(("said", "seen", "ends"), [
    (TALKING, TWO_WORDS, ["thread.message.incomplete", "thread.run.step.cancelled"]),
    (CALLING, BEGIN, []),  # calls are told when the answer is whole: our own tools' go first
    ([], BEGIN, []),
], ids=["in a message", "in a call", "before a word"])  # fmt: skip
def test_a_cancel_from_elsewhere_ends_the_stream(client_of, wire, said, seen, ends):
    model = SlowModel(said, [LEFT_OUT])
    client = client_of(model)
    with open_stream(client) as stream:
        first, *_ = [next(stream) for _ in seen]
        asked = elsewhere(lambda: cancel(client, first.data))
        model.may_end.set()
        last = list(stream)[-1].data
    assert asked.status == "cancelling"
    assert stream_names(wire) == [*seen, "thread.run.cancelling", *ends, "thread.run.cancelled", "done"]
    assert last == read(client, last)
    check_stopped(client, last, "cancelled", "run_cancelled")


FAILURE = ModelFailure("rate_limit_exceeded", "Too many requests.")
FAILURES = {
    "fails in a message": (TALKING, TWO_WORDS, FAILURE, ["thread.message.incomplete", "thread.run.step.failed"]),
    "fails in a call": (CALLING, BEGIN, FAILURE, []),
    "fails before a word": ([], BEGIN, FAILURE, []),
    "breaks off in a message": (TALKING, TWO_WORDS, [], ["thread.message.incomplete", "thread.run.step.failed"]),
    "breaks off in a call": (CALLING, BEGIN, [], []),
    "breaks off before a word": ([], BEGIN, [], []),
}


@pytest.mark.parametrize(("said", "seen", "end", "ends"), FAILURES.values(), ids=FAILURES)
def test_a_model_that_does_not_finish_fails_the_run(client_of, wire, said, seen, end, ends):
    model = SlowModel(said, end)
    model.may_end.set()
    client = client_of(model)
    last = list(open_stream(client))[-1].data
    assert stream_names(wire) == [*seen, *ends, "thread.run.failed", "done"]
    assert last == read(client, last)
    check_stopped(client, last, "failed", "run_failed")
    if end is FAILURE:
        assert (last.last_error.code, last.last_error.message) == (FAILURE.code, FAILURE.message)
    else:
        assert last.last_error.code == "server_error"
        assert "broke off" in last.last_error.message


def check_stopped(client: openai.OpenAI, run: Run, status: str, reason: str) -> None:
    """Nothing of a run is open any more, what it had said is kept, and its thread is free."""
    assert run.status == status
    assert {step.status for step in steps_of(client, run)} <= {status}
    for message in messages_of(client, run)[1:]:
        assert (message.status, message.incomplete_details.reason) == ("incomplete", reason)
        assert answer_to(client, run) == "Well, so"
    client.beta.threads.messages.create(run.thread_id, role="user", content="The thread is free.")


def test_a_stream_left_while_the_model_still_speaks_does_not_stop_the_run(client_of):
    text = "Well, so it goes on"
    done = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}
    end = [
        LEFT_OUT,
        {"type": "response.output_item.done", "item": done},
        {"type": "response.completed", "response": {"usage": {"input_tokens": 1, "output_tokens": 2}}},
    ]
    model = SlowModel(TALKING, end)
    client = client_of(model)
    for wanted in range(1, len(TWO_WORDS) + 1):
        model.may_end.clear()
        with open_stream(client) as stream:
            first, *_ = [next(stream) for _ in range(wanted)]
        model.may_end.set()
        assert finish(client, first.data).status == "completed"
        assert answer_to(client, first.data) == text


def test_a_model_that_goes_wrong_in_an_unforeseen_way_fails_the_run(client_of, wire):
    model = SlowModel(TALKING, RuntimeError("a mistake in this program"))
    model.may_end.set()
    client = client_of(model)
    last = list(open_stream(client))[-1].data
    assert stream_names(wire) == [
        *TWO_WORDS,
        "thread.message.incomplete",
        "thread.run.step.failed",
        "thread.run.failed",
        "done",
    ]
    check_stopped(client, last, "failed", "run_failed")
