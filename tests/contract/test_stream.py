"""What a streamed run sends: the order of events, and that words and objects agree with what is stored."""

from __future__ import annotations

from itertools import groupby

import openai
import pytest
from openai.types.beta.threads import Run

from contract.talks import (
    HELLO,
    answer_to,
    begin,
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

BEGIN = ["thread.run.created", "thread.run.queued", "thread.run.in_progress"]
STEP = ["thread.run.step.created", "thread.run.step.in_progress"]
MESSAGE = [*STEP, "thread.message.created", "thread.message.in_progress", "thread.message.delta"]
WHOLE_MESSAGE = [*MESSAGE, "thread.message.completed", "thread.run.step.completed"]

# Question, and the events of its run; deltas in a row are written once.
ORDERS = {
    "hi": [*BEGIN, *WHOLE_MESSAGE, "thread.run.completed", "done"],
    "Paris and Rome?": [*BEGIN, *STEP, "thread.run.step.delta", "thread.run.requires_action", "done"],
    "Tell me all": [
        *BEGIN,
        *MESSAGE,
        "thread.message.incomplete",
        "thread.run.step.failed",
        "thread.run.failed",
        "done",
    ],
    "Talk on": [
        *BEGIN,
        *MESSAGE,
        "thread.message.incomplete",
        "thread.run.step.completed",
        "thread.run.incomplete",
        "done",
    ],
    "Nobody recorded this": [*BEGIN, "thread.run.failed", "done"],
}
AFTER_SUBMIT = [
    "thread.run.step.completed",
    "thread.run.queued",
    "thread.run.in_progress",
    *WHOLE_MESSAGE,
    "thread.run.completed",
    "done",
]


def stream_of(client: openai.OpenAI, text: str):
    """The stream of a run over a new thread, not yet opened."""
    assistant = reporter(client) if text == "Paris and Rome?" else tutor(client)
    thread = thread_with(client, text)
    limit = 256 if text == "Talk on" else None
    return client.beta.threads.runs.stream(thread_id=thread.id, assistant_id=assistant.id, max_completion_tokens=limit)


def submit_stream_of(client: openai.OpenAI, run: Run):
    """The stream of a run that goes on with its outputs, not yet opened."""
    return client.beta.threads.runs.submit_tool_outputs_stream(
        run_id=run.id, thread_id=run.thread_id, tool_outputs=outputs_for(run, "18", "24")
    )


def collapsed(names: list[str]) -> list[str]:
    return [name for name, _ in groupby(names)]


def data_of(events: list[tuple[str, dict]], name: str) -> list[dict]:
    return [data for event, data in events if event == name]


@pytest.mark.parametrize(("text", "order"), ORDERS.items())
def test_events_come_in_the_documented_order(client, wire, text, order):
    with stream_of(client, text) as stream:
        stream.until_done()
    assert collapsed(wire[-1].event_names) == order
    assert wire[-1].headers["content-type"] == "text/event-stream; charset=utf-8"


def test_a_new_thread_is_the_first_event(client, wire):
    thread = {"messages": [{"role": "user", "content": "hi"}]}
    with client.beta.threads.create_and_run_stream(assistant_id=tutor(client).id, thread=thread) as stream:
        stream.until_done()
    assert collapsed(wire[-1].event_names) == ["thread.created", *ORDERS["hi"]]
    created = wire[-1].events[0][1]
    assert created == client.beta.threads.retrieve(created["id"]).to_dict()


def test_outputs_are_answered_with_the_step_and_the_rest_of_the_run(client, wire):
    run = waiting(client)
    with submit_stream_of(client, run) as stream:
        stream.until_done()
    assert collapsed(wire[-1].event_names) == AFTER_SUBMIT
    calls = wire[-1].events[0][1]["step_details"]["tool_calls"]
    assert [call["function"]["output"] for call in calls] == ["18", "24"]


def test_the_raw_stream_and_the_helper_see_the_same_run(client):
    run = begin(client, "hi", stream=True)
    events = list(run)
    assert collapsed([event.event for event in events]) == ORDERS["hi"][:-1]
    assert events[-1].data == read(client, events[-1].data)


@pytest.mark.parametrize(("text", "status"), [
    ("hi", "completed"),
    ("Paris and Rome?", "requires_action"),
    ("Tell me all", "failed"),
    ("Talk on", "incomplete"),
    ("Nobody recorded this", "failed"),
])  # fmt: skip
def test_the_final_run_is_the_stored_run(client, text, status):
    with stream_of(client, text) as stream:
        final = stream.get_final_run()
    assert final.status == status
    assert final == read(client, final)


def test_events_hold_their_objects_as_they_were_at_that_moment(client, wire):
    with stream_of(client, "hi") as stream:
        stream.until_done()
    events = wire[-1].events
    runs = [data["status"] for name, data in events if name.startswith("thread.run.") and ".step." not in name]
    assert runs == ["queued", "queued", "in_progress", "completed"]
    assert data_of(events, "thread.message.created")[0]["content"] == []
    assert data_of(events, "thread.message.in_progress")[0]["status"] == "in_progress"
    assert data_of(events, "thread.run.step.created")[0]["usage"] is None


def test_only_the_first_delta_of_a_text_has_annotations(client, wire):
    with stream_of(client, "hi") as stream:
        stream.until_done()
    parts = [data["delta"]["content"] for data in data_of(wire[-1].events, "thread.message.delta")]
    assert len(parts) > 2
    assert [len(part) for part in parts] == [1] * len(parts)
    assert [part[0]["index"] for part in parts] == [0] * len(parts)
    assert parts[0][0]["text"]["annotations"] == []
    assert all(set(part[0]["text"]) == {"value"} for part in parts[1:])


def test_parallel_calls_share_a_step_and_say_id_and_name_once(client, wire):
    with stream_of(client, "Paris and Rome?") as stream:
        run = stream.get_final_run()
    events = wire[-1].events
    assert data_of(events, "thread.run.step.created")[0]["step_details"]["tool_calls"] == []
    deltas = [data["delta"]["step_details"] for data in data_of(events, "thread.run.step.delta")]
    assert {details["type"] for details in deltas} == {"tool_calls"}
    calls = [details["tool_calls"][0] for details in deltas]
    heads = [call for call in calls if "id" in call]
    function = {"name": "get_weather", "arguments": "", "output": None}
    assert heads == [
        {"index": index, "id": id, "type": "function", "function": function} for index, id in enumerate(calls_of(run))
    ]
    assert all(set(call["function"]) == {"arguments"} for call in calls if call not in heads)
    assert [arguments_of(calls, index) for index in (0, 1)] == ['{"city": "Paris"}', '{"city": "Rome"}']


def arguments_of(calls: list[dict], index: int) -> str:
    return "".join(call["function"]["arguments"] for call in calls if call["index"] == index)


TEXTS = [
    HELLO,
    "  Two blanks first,\n\n\n* then\ta list  \n",
    "안녕하세요 👋🏽 반갑습니다",
    'a\u2028b\x85c\r\nd "e" \\f',
]


@pytest.mark.parametrize("text", TEXTS)
def test_deltas_add_up_to_the_stored_message(open_home, text):
    client = open_home(talk(("hi", text)))
    with stream_of(client, "hi") as stream:
        pieces = list(stream.text_deltas)
        (streamed,) = stream.get_final_messages()
    stored = messages_of(client, stream.get_final_run())[-1]
    assert "".join(pieces) == text
    assert text_of(stored) == text
    assert streamed == stored


def test_a_refused_stream_is_an_ordinary_error(client):
    run = waiting(client)
    with pytest.raises(openai.BadRequestError, match="already has an active run"):
        client.beta.threads.runs.create(thread_id=run.thread_id, assistant_id=run.assistant_id, stream=True)
    done = finish(client, begin(client, "hi"))
    outputs = [{"tool_call_id": "call_x", "output": "18"}]
    with pytest.raises(openai.BadRequestError, match="do not accept tool outputs"):
        client.beta.threads.runs.submit_tool_outputs(
            done.id, thread_id=done.thread_id, tool_outputs=outputs, stream=True
        )


class Listener(openai.AssistantEventHandler):
    """Writes down what the SDK's handler makes of a stream."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def on_message_done(self, message) -> None:
        self.heard.append(f"message {text_of(message)}")

    def on_text_done(self, text) -> None:
        self.heard.append(f"text {text.value}")

    def on_tool_call_created(self, tool_call) -> None:
        self.heard.append(f"call {tool_call.function.name}")

    def on_run_step_done(self, run_step) -> None:
        self.heard.append(f"step {run_step.type} {run_step.status}")


@pytest.mark.parametrize(("text", "heard"), [
    ("hi", [f"text {HELLO}", f"message {HELLO}", "step message_creation completed"]),
    ("Paris and Rome?", ["call get_weather", "call get_weather"]),
])  # fmt: skip
def test_the_sdks_handler_understands_it(client, text, heard):
    assistant = reporter(client) if text == "Paris and Rome?" else tutor(client)
    thread, listener = thread_with(client, text), Listener()
    with client.beta.threads.runs.stream(
        thread_id=thread.id, assistant_id=assistant.id, event_handler=listener
    ) as stream:
        stream.until_done()
    assert listener.heard == heard


def abandon(stream_manager, wanted: int) -> bool:
    """Leave a stream after this many events; True if it had as many."""
    with stream_manager as stream:
        for _ in range(wanted):
            if next(stream, None) is None:
                return False
    return True


def test_a_run_whose_stream_is_left_at_any_event_is_finished_all_the_same(client, wire):
    with stream_of(client, "hi") as stream:
        stream.until_done()
    for wanted in range(len(wire[-1].events)):
        assert abandon(stream_of(client, "hi"), wanted)
        assert_finished(client, run_of_last_stream(client, wire))


def test_a_submit_whose_stream_is_left_at_any_event_is_finished_all_the_same(client, wire):
    with submit_stream_of(client, waiting(client)) as stream:
        stream.until_done()
    for wanted in range(len(wire[-1].events)):
        run = waiting(client)
        assert abandon(submit_stream_of(client, run), wanted)
        assert_finished(client, run)


def run_of_last_stream(client: openai.OpenAI, wire) -> Run:
    thread_id = wire[-1].path.split("/")[3]
    return client.beta.threads.runs.list(thread_id).data[0]


def assert_finished(client: openai.OpenAI, run: Run) -> None:
    assert finish(client, run).status == "completed"
    assert {step.status for step in steps_of(client, run)} == {"completed"}
    assert answer_to(client, run)
    client.beta.threads.messages.create(run.thread_id, role="user", content="The thread is free.")
