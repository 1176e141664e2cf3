"""A kernel that is interrupted in the middle of a call (Jupyter's Stop button): whatever was under way goes on or ends.

The interrupt comes at each call of a function in the packages that work on runs and responses: every write, every event
of the model, every beginning and end. In CI at some of them, with COURSE_LONG_TESTS at all.
"""

from __future__ import annotations

import inspect
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import openai
import pytest

import local_api
from budget import LONG_TESTS
from contract.talks import CHAT, TUTOR, WEATHER, finish, reporter, thread_with, tutor
from contract.test_file_search import MOON, SEA, TALKS, upload

MOST = 100_000 if LONG_TESTS else 15  # points that are tried for each kind of work
ROOT = Path(local_api.__file__).parent
PARTS = tuple(str(ROOT / part) for part in ("engine", "assistants", "responses", "storage", "hosted", "documents"))
ENDED = {"completed", "cancelled", "requires_action"}


class Points:
    """The places at which a call may be interrupted.

    Args:
        stop_at: at which of them it is, counted from 1; 0 for none.
    """

    def __init__(self, stop_at: int = 0) -> None:
        self.count = 0
        self.stop_at = stop_at

    def __call__(self, frame: Any, event: str, argument: Any) -> None:
        code = frame.f_code
        # Not when a generator is closed: Python drops whatever is raised then.
        if event == "call" and code.co_filename.startswith(PARTS) and not code.co_flags & inspect.CO_GENERATOR:
            self.count += 1
            if self.count == self.stop_at:
                sys.setprofile(None)
                raise KeyboardInterrupt

    def during(self, do: Callable[[], Any]) -> bool:
        """Do something; returns whether it was interrupted."""
        sys.setprofile(self)
        try:
            do()
            return False
        except KeyboardInterrupt:
            return True
        finally:
            sys.setprofile(None)


class Work(NamedTuple):
    """Something to be interrupted, and the thread or the conversation in which it is done."""

    do: Callable[[], Any]
    thread_id: str | None = None
    conversation_id: str | None = None


def poll(client: openai.OpenAI) -> Work:
    """A run that is polled to its end."""
    thread, assistant = thread_with(client, "hi"), tutor(client)
    runs = client.beta.threads.runs
    return Work(lambda: runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id), thread_id=thread.id)


def stream(client: openai.OpenAI) -> Work:
    """A run that is streamed."""
    thread, assistant = thread_with(client, "Paris and Rome?"), reporter(client)
    options = {"thread_id": thread.id, "assistant_id": assistant.id, "stream": True}
    return Work(lambda: list(client.beta.threads.runs.create(**options)), thread_id=thread.id)


def search(client: openai.OpenAI) -> Work:
    """A run that searches what is indexed meanwhile."""
    files = [upload(client, "sea.txt", SEA), upload(client, "moon.txt", MOON)]
    store = client.vector_stores.create(file_ids=files)
    resources = {"file_search": {"vector_store_ids": [store.id]}}
    assistant = tutor(client, tools=[{"type": "file_search"}], tool_resources=resources)
    thread = thread_with(client, "And the tides?")
    runs = client.beta.threads.runs
    return Work(lambda: runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id), thread_id=thread.id)


def respond(client: openai.OpenAI) -> Work:
    """A response in a conversation."""
    conversation = client.conversations.create()
    members = {"model": "m", "instructions": TUTOR, "conversation": conversation.id}
    return Work(lambda: client.responses.create(input="hi", **members), conversation_id=conversation.id)


def add(client: openai.OpenAI) -> Work:
    """An upload that becomes part of a vector store."""
    store = client.vector_stores.create()
    file = ("sea.txt", SEA.encode())
    return Work(lambda: client.vector_stores.files.upload_and_poll(vector_store_id=store.id, file=file))


def goes_on(client: openai.OpenAI, work: Work) -> None:
    """What was under way ends when it is read, its thread or conversation is free again, and new work is done."""
    runs = client.beta.threads.runs
    if work.thread_id:
        for run in runs.list(work.thread_id):
            run = finish(client, run)
            assert run.status in ENDED
            if run.status == "requires_action":
                runs.cancel(run.id, thread_id=work.thread_id)
                assert finish(client, run).status == "cancelled"
        client.beta.threads.messages.create(work.thread_id, role="user", content="And now?")
    if work.conversation_id:
        client.responses.create(model="m", instructions=TUTOR, input="hi", conversation=work.conversation_id)
    for store in client.vector_stores.list():
        assert client.vector_stores.retrieve(store.id).status == "completed"
    thread, assistant = thread_with(client, "hi"), tutor(client)
    assert runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id).status == "completed"


@pytest.mark.parametrize("begin", [poll, stream, search, respond, add], ids=lambda begin: begin.__name__)
def test_an_interrupt_at_any_point(
    open_home: Callable[..., openai.OpenAI], caplog: pytest.LogCaptureFixture, begin: Callable[[openai.OpenAI], Work]
) -> None:
    begin(open_home(CHAT, WEATHER, *TALKS)).do()  # what is done once in a process is done
    points = Points()
    assert not points.during(begin(open_home(CHAT, WEATHER, *TALKS)).do)
    for stop_at in range(1, points.count + 1, 1 + points.count // MOST):
        client = open_home(CHAT, WEATHER, *TALKS)
        work = begin(client)
        assert Points(stop_at).during(work.do), f"not interrupted at {stop_at} of {points.count}"
        goes_on(client, work)
    ours = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert points.count > 20 and not ours
