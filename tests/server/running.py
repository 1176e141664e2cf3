"""`python -m local_api serve` as users start it: a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openai

COURSE = Path(__file__).parents[2]


@dataclass
class Server:
    """A server that accepts connections.

    Args:
        process: the server itself.
        url: its base URL, as it printed it.
        clients: those that are to be closed with it.
    """

    process: subprocess.Popen
    url: str
    clients: list[openai.OpenAI] = field(default_factory=list)

    def client(self, api_key: str = "any") -> openai.OpenAI:
        """A client of this server. It never retries: a refusal must be seen by the test."""
        client = openai.OpenAI(base_url=self.url, api_key=api_key, max_retries=0, timeout=60)
        self.clients.append(client)
        return client

    def async_client(self) -> openai.AsyncOpenAI:
        """The same for `async` programs."""
        return openai.AsyncOpenAI(base_url=self.url, api_key="any", max_retries=0, timeout=60)

    def kill(self) -> None:
        """End it as a power cut would: no handler of its own runs."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def close(self) -> None:
        """End it with its clients."""
        self.kill()
        for client in self.clients:
            client.close()


def write_recording(folder: Path, *conversations: dict) -> Path:
    """The file of a recording with these conversations."""
    path = folder / "recording.json"
    content = {"source": "written for this test", "date": "2026-11-22", "conversations": conversations}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def launch(*arguments: object, stderr: int | None = None, **settings: str) -> subprocess.Popen:
    """Start a server without waiting for it.

    Args:
        arguments: what follows `serve`.
        stderr: where its messages go; to the test's own unless told otherwise.
        settings: its environment beside the test's.
    """
    environment = {**os.environ, "COURSE_MODE": "recorded", "LOCAL_API_KEY": "", **settings}
    command = [sys.executable, "-m", "local_api", "serve", *map(str, arguments)]
    return subprocess.Popen(command, cwd=COURSE, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True)


def ready(process: subprocess.Popen) -> Server:
    """A launched server, once it has printed its base URL."""
    url = process.stdout.readline().strip()
    assert url.startswith("http://"), f"The server printed {url!r} first."
    return Server(process, url)


@contextmanager
def servers_in(folder: Path) -> Iterator[Callable[..., Server | list[Server]]]:
    """What `serve` is, for a folder; all servers end with the context."""
    servers: list[Server] = []

    def start(*conversations: dict, options: tuple = (), together: int | None = None, **settings: str):
        recording = write_recording(folder, *conversations)
        arguments = ("--port", 0, "--db", folder / "objects.sqlite3", "--recording", recording, *options)
        processes = [launch(*arguments, **settings) for _ in range(together or 1)]
        servers.extend(started := [ready(process) for process in processes])
        return started if together else started[0]

    try:
        yield start
    finally:
        for server in servers:
            server.close()


def refusal(*arguments: object, **settings: str) -> list[str]:
    """The lines on stderr of a server that refuses to start."""
    process = launch(*arguments, stderr=subprocess.PIPE, **settings)
    try:
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode != 0
    assert out == ""
    return err.splitlines()


def answers(client: openai.OpenAI, run: Any) -> list[str]:
    """What a run has said, oldest first."""
    said = client.beta.threads.messages.list(run.thread_id, run_id=run.id, order="asc")
    return [message.content[0].text.value for message in said]
