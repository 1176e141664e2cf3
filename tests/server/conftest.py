"""Servers with a recording and a database in the test's own folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contract.talks import CHAT
from server.running import Server, launch, ready, write_recording


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


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server | list[Server]]]:
    """A function that writes a recording of these conversations and starts a server over it.

    With `together`, it starts so many at the same moment. All servers of a test open the same database, whatever
    became of the servers before.
    """
    with servers_in(tmp_path) as start:
        yield start


@pytest.fixture(scope="module")
def local_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that the tests of a module share."""
    with servers_in(tmp_path_factory.mktemp("server")) as start:
        yield start(CHAT)
