"""Scripted endpoints, and clients of a lasting home that asks them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import openai
import pytest

import helpers
from helpers import connection
from live.endpoint import PATIENCE, Reply, ScriptedEndpoint, saying, serving
from local_api import Endpoint, Home, create_app, lasting_home
from local_api.home import blobs_of
from local_api.http.in_process import client_over
from local_api.model.live import LiveModel

KEY = "-".join(("sk", "planted", "0123456789abcdef"))  # in one piece it would look like a real one
SETTINGS = ("BASE_URL", "API_KEY", "NAME")


def nobody_works() -> None:
    """Wait for the threads of runs and model calls: one that does not end is left behind in a learner's kernel."""
    for thread in threading.enumerate():
        if thread.name.startswith(("run_", "resp_", "model call")):
            thread.join(PATIENCE)
            assert not thread.is_alive(), f"{thread.name} is still at work"


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
        home.store.close()


@pytest.fixture
def answered(live: Callable, scripted: Callable) -> Callable[..., tuple[openai.OpenAI, ScriptedEndpoint]]:
    """A function that gives a client and the endpoint behind it, with these replies."""

    def open_(*replies: Reply, model: str | None = None) -> tuple[openai.OpenAI, ScriptedEndpoint]:
        endpoint = scripted(*replies)
        return live(Endpoint(endpoint.url, KEY, model)), endpoint

    return open_


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """The environment without any setting of the course, whatever .env says: what is empty counts as not set."""
    for name in [f"{owner}_{name}" for owner in ("MODEL", "OPENAI") for name in SETTINGS] + ["OPENAI_MODEL"]:
        monkeypatch.setenv(name, "")
    for name in ("COURSE_MODE", "COURSE_RECORD_TO", "COURSE_RECORDINGS"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("LOCAL_API_DB", str(tmp_path / "objects.sqlite3"))
    return monkeypatch


@pytest.fixture
def connect(settings: pytest.MonkeyPatch) -> Iterator[Callable[..., openai.OpenAI]]:
    """`helpers.connect`, whose databases are closed after the test."""
    apps = []

    def connect_(**options: str) -> openai.OpenAI:
        client = helpers.connect(**options)
        apps.append(connection.latest_connection().app)
        return client

    yield connect_
    nobody_works()
    for app in apps:
        app.extensions["home"].store.close()
