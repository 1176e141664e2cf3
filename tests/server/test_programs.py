"""Whole programs, sync and async, in the style of the SDK's README; and who the server lets in."""

from __future__ import annotations

import asyncio
import socket

import openai
import pytest
from openai import AssistantEventHandler, AsyncAssistantEventHandler
from openai.types.beta import Assistant

from contract.talks import CHAT, HELLO, TOOL, WEATHER, outputs_for, reporter, talk, tutor
from server.running import Server, answers, refusal

LONG_REPLY = " ".join(f"word{number}" for number in range(20_000))
EVERYWHERE = ("--host", "0.0.0.0")
RIGHT_KEY, WRONG_KEY = "the-right-key-of-this-test", "a-wrong-key-of-this-test"


def user(text: str) -> dict:
    return {"role": "user", "content": text}


class Listener(AssistantEventHandler):
    """Collects the words of a run as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def on_text_delta(self, delta, snapshot) -> None:
        self.words.append(delta.value)


class AsyncListener(AsyncAssistantEventHandler):
    """The same for `async` programs."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    async def on_text_delta(self, delta, snapshot) -> None:
        self.words.append(delta.value)


def test_a_program_that_polls(serve):
    client = serve(CHAT).client()
    assistant = tutor(client, name="Math Tutor")
    thread = client.beta.threads.create()
    question = client.beta.threads.messages.create(thread.id, **user("hi"))
    run = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    assert run.status == "completed"
    newest, oldest = client.beta.threads.messages.list(thread_id=thread.id)
    assert oldest == question
    assert (newest.content[0].text.value, newest.role, newest.run_id) == (HELLO, "assistant", run.id)
    assert [step.status for step in client.beta.threads.runs.steps.list(run.id, thread_id=thread.id)] == ["completed"]


def test_a_program_with_an_event_handler(serve):
    client = serve(CHAT).client()
    thread = client.beta.threads.create(messages=[user("hi")])
    listener = Listener()
    with client.beta.threads.runs.stream(
        thread_id=thread.id, assistant_id=tutor(client).id, event_handler=listener
    ) as stream:
        stream.until_done()
    assert "".join(listener.words) == HELLO
    assert len(listener.words) > 1
    assert stream.get_final_run() == client.beta.threads.runs.retrieve(listener.current_run.id, thread_id=thread.id)


def test_a_program_that_answers_calls(serve):
    client = serve(WEATHER).client()
    thread = {"messages": [user("Paris and Rome?")]}
    stream = client.beta.threads.create_and_run(assistant_id=reporter(client).id, thread=thread, stream=True)
    run = next(event.data for event in stream if event.event == "thread.run.requires_action")
    run = client.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id, thread_id=run.thread_id, tool_outputs=outputs_for(run, "18", "24")
    )
    assert (run.status, run.last_error) == ("completed", None)
    assert answers(client, run) == ["Paris 18, Rome 24."]


def test_an_async_program(serve):
    server = serve(CHAT, WEATHER)
    texts, words, listed = asyncio.run(_async_program(server))
    assert texts == [HELLO] * 10
    assert "".join(words) == HELLO
    assert listed == ["Tutor"]


async def _async_program(server: Server) -> tuple[list[str], list[str], list[str]]:
    async with server.async_client() as client:
        assistant = await client.beta.assistants.create(model="m", name="Tutor", instructions=CHAT["instructions"])
        texts = await asyncio.gather(*(_ask(client, assistant) for _ in range(10)))
        thread = await client.beta.threads.create(messages=[user("hi")])
        async with client.beta.threads.runs.stream(
            thread_id=thread.id, assistant_id=assistant.id, event_handler=AsyncListener()
        ) as stream:
            await stream.until_done()
        return texts, stream.words, [assistant.name async for assistant in client.beta.assistants.list()]


async def _ask(client: openai.AsyncOpenAI, assistant: Assistant) -> str:
    thread = {"messages": [user("hi")]}
    run = await client.beta.threads.create_and_run_poll(assistant_id=assistant.id, thread=thread)
    messages = await client.beta.threads.messages.list(run.thread_id)
    return messages.data[0].content[0].text.value


def test_a_run_is_completed_though_its_listener_has_left(serve):
    client = serve(talk(("Talk on", LONG_REPLY))).client()
    thread = client.beta.threads.create(messages=[user("Talk on")])
    stream = client.beta.threads.runs.create(thread_id=thread.id, assistant_id=tutor(client).id, stream=True)
    # The reply's events are more than the sockets hold, so most of them are still to be sent.
    run = next(event.data for event in stream if event.event == "thread.run.in_progress")
    stream.close()
    run = client.beta.threads.runs.poll(run.id, thread_id=thread.id)
    assert run.status == "completed"
    assert answers(client, run) == [LONG_REPLY]


def test_metadata_given_to_a_message_while_it_is_written_stays(serve):
    client = serve(talk(("Talk on", LONG_REPLY[:40_000]))).client()
    thread = client.beta.threads.create(messages=[user("Talk on")])
    with client.beta.threads.runs.create(thread_id=thread.id, assistant_id=tutor(client).id, stream=True) as stream:
        message = next(event.data for event in stream if event.event == "thread.message.created")
        client.beta.threads.messages.update(message.id, thread_id=thread.id, metadata={"read": "yes"})
        run = [event.data for event in stream][-1]
    assert run.status == "completed"
    assert client.beta.threads.messages.retrieve(message.id, thread_id=thread.id).metadata == {"read": "yes"}


@pytest.mark.parametrize("headers", [
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example:8000"},
    {"Host": "["},
    {"Origin": "https://evil.example"},
    {"Origin": "https://localhost.evil.example"},
    {"Origin": "null"},
])  # fmt: skip
def test_foreign_hosts_and_origins_are_refused(local_server, headers):
    with pytest.raises(openai.PermissionDeniedError, match="is not this machine"):
        local_server.client().beta.threads.create(extra_headers=headers)


@pytest.mark.parametrize("headers", [
    {"Host": "localhost:1"},
    {"Host": "[::1]:8000"},
    {"Origin": "http://localhost:3000"},
    {"Origin": "http://127.0.0.1"},
])  # fmt: skip
def test_this_machine_is_let_in_under_any_name_with_any_key(local_server, headers):
    assert local_server.client(api_key="whatever").beta.threads.create(extra_headers=headers).object == "thread"


def test_a_server_that_others_reach_demands_the_right_key(serve):
    server = serve(CHAT, options=EVERYWHERE, LOCAL_API_KEY=RIGHT_KEY)
    server.url = server.url.replace("0.0.0.0", "127.0.0.1")
    assert server.client(RIGHT_KEY).beta.threads.create().object == "thread"
    for key in (WRONG_KEY, RIGHT_KEY[:-1], RIGHT_KEY.upper()):
        with pytest.raises(openai.AuthenticationError) as refused:
            server.client(key).beta.threads.create()
        assert refused.value.code == "invalid_api_key"
        assert key not in refused.value.response.text
        assert RIGHT_KEY not in refused.value.response.text


@pytest.mark.parametrize("settings", [{}, {"LOCAL_API_KEY": ""}])
def test_a_server_that_others_reach_needs_a_key(tmp_path, settings):
    said = refusal("--db", tmp_path / "db", "--port", 0, *EVERYWHERE, **settings)
    assert len(said) == 1
    assert "LOCAL_API_KEY" in said[0]


# What is wrong, and what the error must name.
MISTAKES = {
    "unknown lesson": (["--lesson", "nope"], "nope"),
    "missing recording": (["--recording", "nowhere.json"], "nowhere"),
    "recording that is a folder": (["--recording", "data"], "data"),
    "recording that is no text": (["--recording", "{binary}"], "binary"),
    "recording that is no JSON": (["--recording", "README.md"], "README.md"),
    "database in no folder": (["--db", "/no/such/folder/db"], "/no/such/folder/db"),
    "database that is none": (["--db", "{binary}"], "binary"),
    "port that is taken": (["--port", "{taken}"], "use"),
    "port that cannot be": (["--port", "-1"], "-1"),
    "port too high": (["--port", "99999"], "99999"),
    "unknown mode": (["--mode", "dreamed"], "dreamed"),
}


@pytest.mark.parametrize(("arguments", "named"), MISTAKES.values(), ids=MISTAKES)
def test_a_bad_command_line_is_answered_in_one_line(tmp_path, arguments, named):
    binary = tmp_path / "binary"
    binary.write_bytes(bytes(range(256)) * 16)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        filled = [text.format(binary=binary, taken=taken.getsockname()[1]) for text in arguments]
        said = refusal("--db", tmp_path / "db", "--port", 0, *filled)
    # argparse says how to call the program before it says what is wrong.
    errors = [line for line in said if not line.startswith(("usage:", " "))]
    assert len(errors) == 1
    assert named in errors[0]


def test_a_program_of_responses(serve):
    client = serve(CHAT, WEATHER).client()
    ask = {"model": "gpt-6-luna", "instructions": CHAT["instructions"]}
    assert client.responses.create(input="hi", **ask).output_text == HELLO
    with client.responses.stream(input="hi", **ask) as stream:
        words = [event.delta for event in stream if event.type == "response.output_text.delta"]
        assert "".join(words) == stream.get_final_response().output_text == HELLO

    conversation = client.conversations.create()
    for question, answer in (("hi", HELLO), ("What is 2 + 2?", "Four.")):
        assert client.responses.create(input=question, conversation=conversation.id, **ask).output_text == answer
    assert len(client.conversations.items.list(conversation.id).data) == 4

    report = {
        "model": "gpt-6-luna",
        "instructions": WEATHER["instructions"],
        "tools": [{"type": "function", **TOOL["function"]}],
    }
    items: list = [user("Paris and Rome?")]
    calls = client.responses.create(input=items, **report).output
    items += calls
    for call, degrees in zip(calls, ("18", "24"), strict=True):
        items.append({"type": "function_call_output", "call_id": call.call_id, "output": degrees})
    assert client.responses.create(input=items, store=False, **report).output_text == "Paris 18, Rome 24."

    response = client.responses.create(input="hi", background=True, **ask)
    while response.status in ("queued", "in_progress"):
        response = client.responses.retrieve(response.id)
    assert (response.status, response.output_text) == ("completed", HELLO)


def test_an_async_program_of_responses(serve):
    server = serve(CHAT)

    async def program() -> list[str]:
        async with server.async_client() as client:
            ask = {"model": "m", "instructions": CHAT["instructions"], "input": "hi"}
            responses = await asyncio.gather(*(client.responses.create(**ask) for _ in range(10)))
            return [response.output_text for response in responses]

    assert asyncio.run(program()) == [HELLO] * 10
