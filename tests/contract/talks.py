"""Recorded conversations for these tests, and the few calls that most of them begin with."""

from __future__ import annotations

from typing import Any

import openai
from openai.types.beta import Assistant, Thread
from openai.types.beta.threads import Message, Run

TUTOR = "You are a maths tutor."
REPORTER = "You report the weather."
HELLO = "Hello there, how are you?"


def talk(*messages: dict | tuple[str, str], instructions: str | None = TUTOR, **members: Any) -> dict:
    """A recorded conversation; a pair is a question and its answer."""
    entries: list[dict] = []
    for message in messages:
        entries += [{"user": message[0]}, {"assistant": message[1]}] if isinstance(message, tuple) else [message]
    return {"instructions": instructions, "messages": entries, **members}


def call(city: str) -> dict:
    """A recorded function call."""
    return {"name": "get_weather", "arguments": {"city": city}}


CHAT = talk(("hi", HELLO), ("What is 2 + 2?", "Four."), ("And twice that?", "Eight, of course."))
WEATHER = talk(
    {"user": "Paris and Rome?"},
    {"calls": [call("Paris"), call("Rome")], "tokens": 40},
    {"outputs": ["18", "24"]},
    {"assistant": "Paris 18, Rome 24.", "tokens": 7},
    instructions=REPORTER,
    tools=["get_weather"],
)
BREAKS_OFF = talk(
    {"user": "Tell me all"},
    {"assistant": "It all began", "error": {"code": "rate_limit_exceeded", "message": "You are too fast."}},
)
TOO_LONG = talk(("Talk on", "word " * 300))

TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Today's weather.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        "strict": False,
    },
}


def tutor(client: openai.OpenAI, **members: Any) -> Assistant:
    return client.beta.assistants.create(**{"model": "gpt-6-luna", "instructions": TUTOR, **members})


def reporter(client: openai.OpenAI) -> Assistant:
    return tutor(client, instructions=REPORTER, tools=[TOOL])


def thread_with(client: openai.OpenAI, *texts: str) -> Thread:
    return client.beta.threads.create(messages=[{"role": "user", "content": text} for text in texts])


def begin(client: openai.OpenAI, text: str, **options: Any) -> Run:
    """A queued run over a new thread with this message; the weather's assistant for the weather's question."""
    assistant = reporter(client) if text == "Paris and Rome?" else tutor(client)
    thread = thread_with(client, text)
    return client.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant.id, **options)


def read(client: openai.OpenAI, run: Run) -> Run:
    """One look at a run."""
    return client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)


def finish(client: openai.OpenAI, run: Run) -> Run:
    """The run at its next rest."""
    return client.beta.threads.runs.poll(run.id, thread_id=run.thread_id)


def ask(client: openai.OpenAI, thread: Thread, assistant: Assistant, text: str) -> Run:
    """A finished run over one more message."""
    client.beta.threads.messages.create(thread.id, role="user", content=text)
    return client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)


def waiting(client: openai.OpenAI, **options: Any) -> Run:
    """A run in requires_action: two calls of one function."""
    return finish(client, begin(client, "Paris and Rome?", **options))


def calls_of(run: Run) -> list[str]:
    """The ids of the calls that a run waits for."""
    return [call.id for call in run.required_action.submit_tool_outputs.tool_calls]


def outputs_for(run: Run, *outputs: str) -> list[dict]:
    """These outputs for the waiting calls, in order."""
    return [{"tool_call_id": id, "output": output} for id, output in zip(calls_of(run), outputs, strict=False)]


def submit(client: openai.OpenAI, run: Run, outputs: list[dict]) -> Run:
    return client.beta.threads.runs.submit_tool_outputs(run.id, thread_id=run.thread_id, tool_outputs=outputs)


def cancel(client: openai.OpenAI, run: Run) -> Run:
    return client.beta.threads.runs.cancel(run.id, thread_id=run.thread_id)


def skip_time(client: openai.OpenAI, seconds: int) -> None:
    client.post("/local/skip_time", body={"seconds": seconds}, cast_to=object)


def messages_of(client: openai.OpenAI, run: Run | Thread) -> list[Message]:
    """A thread's messages, oldest first."""
    return client.beta.threads.messages.list(getattr(run, "thread_id", run.id), order="asc", limit=100).data


def steps_of(client: openai.OpenAI, run: Run) -> list:
    """A run's steps, oldest first."""
    return client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id, order="asc").data


def text_of(message: Message) -> str:
    return message.content[0].text.value


def answer_to(client: openai.OpenAI, run: Run) -> str | None:
    """What a run said, if it said anything."""
    said = client.beta.threads.messages.list(run.thread_id, run_id=run.id).data
    return text_of(said[0]) if said else None
