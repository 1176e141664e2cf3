"""What all tests share: no way to the network, and clients of fresh recorded homes whose every answer is checked."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import openai
import pytest

from contract.wire import CheckedTransport, Exchange
from local_api import create_app, recorded_home
from offline import sitecustomize  # closes the network to this process


def pytest_configure(config: pytest.Config) -> None:
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
    clients = []

    def open_(*conversations: dict, name: str = "lesson", date: str = "2026-11-22") -> openai.OpenAI:
        recording = {"source": "written for this test", "date": date, "conversations": conversations}
        (tmp_path / f"{name}.json").write_text(json.dumps(recording), encoding="utf-8")
        transport = CheckedTransport(create_app(recorded_home(tmp_path, name)), wire)
        http = openai.DefaultHttpxClient(transport=transport)
        clients.append(openai.OpenAI(api_key="none", base_url="http://local/v1", http_client=http))
        return clients[-1]

    yield open_
    for client in clients:
        client.close()
