"""What tests share: no way to the network, clients of recorded and of live homes, and servers."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import openai
import pytest

import budget
import leftovers
from contract.wire import CheckedTransport, Exchange
from live.endpoint import KEY, Reply, ScriptedEndpoint, saying, serving
from local_api import Endpoint, Home, create_app, lasting_home, recorded_home
from local_api.home import blobs_of
from local_api.http.in_process import client_over
from local_api.model.live import LiveModel
from offline import sitecustomize  # closes the network to this process
from server.running import Server, servers_in
from waiting import nobody_works


def pytest_configure(config: pytest.Config) -> None:
    for plugin in (budget, leftovers):
        config.pluginmanager.register(plugin)
    # Kernels and servers that tests start import the guard by themselves, and are in recorded mode whatever .env says.
    guard = os.path.dirname(sitecustomize.__file__)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [guard, os.environ.get("PYTHONPATH")]))
    os.environ["COURSE_MODE"] = "recorded"
    # The one place where the SDK's warnings about client.beta.* are silenced: the whole project is about that API.
    config.addinivalue_line("filterwarnings", "ignore:The Assistants API is deprecated:DeprecationWarning")
    config.addinivalue_line("filterwarnings", "ignore:deprecated$:DeprecationWarning")


@pytest.fixture
def wire() -> list[Exchange]:
    """Every request of this test with its answer, as they crossed the wire, oldest first."""
    return []


@pytest.fixture
def open_home(tmp_path: Path, wire: list[Exchange]) -> Iterator[Callable[..., openai.OpenAI]]:
    """A function that writes a recording of these conversations and gives a client of a fresh home over it."""
    clients, homes = [], []

    def open_(*conversations: dict, name: str = "lesson", date: str = "2026-11-22") -> openai.OpenAI:
        recording = {"source": "written for this test", "date": date, "conversations": conversations}
        (tmp_path / f"{name}.json").write_text(json.dumps(recording), encoding="utf-8")
        homes.append(recorded_home(tmp_path, name))
        transport = CheckedTransport(create_app(homes[-1]), wire)
        http = openai.DefaultHttpxClient(transport=transport)
        clients.append(openai.OpenAI(api_key="none", base_url="http://local/v1", http_client=http))
        return clients[-1]

    yield open_
    for client in clients:
        client.close()
    for home in homes:
        home.python.close()
        shutil.rmtree(home.files.blobs.folder, ignore_errors=True)


@pytest.fixture
def scripted() -> Iterator[Callable[..., ScriptedEndpoint]]:
    """A function that starts an endpoint with these replies."""
    with ExitStack() as stack:
        yield lambda *replies, **options: stack.enter_context(serving(*(replies or [saying("Hello.")]), **options))


@pytest.fixture
def live(tmp_path: Path, scripted: Callable[..., ScriptedEndpoint]) -> Iterator[Callable[..., openai.OpenAI]]:
    """A function that gives a client whose runs are answered by an endpoint."""
    homes: list[Home] = []

    def open_(endpoint: Endpoint) -> openai.OpenAI:
        path = tmp_path / "objects.sqlite3"
        homes.append(lasting_home(path, LiveModel(endpoint, blobs_of(path))))
        http = client_over(create_app(homes[-1]))
        return openai.OpenAI(api_key="none", base_url="http://local/v1", http_client=http)

    yield open_
    nobody_works()
    for home in homes:
        home.python.close()
        home.store.close()


@pytest.fixture
def answered(live: Callable, scripted: Callable) -> Callable[..., tuple[openai.OpenAI, ScriptedEndpoint]]:
    """A function that gives a client and the endpoint behind it, with these replies."""

    def open_(*replies: Reply, model: str | None = None) -> tuple[openai.OpenAI, ScriptedEndpoint]:
        endpoint = scripted(*replies)
        return live(Endpoint(endpoint.url, KEY, model)), endpoint

    return open_


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server | list[Server]]]:
    """A function that writes a recording of these conversations and starts a server over it.

    With `together`, it starts so many at the same moment. All servers of a test open the same database, whatever
    became of the servers before.
    """
    with servers_in(tmp_path) as start:
        yield start
