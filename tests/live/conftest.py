"""The settings of a test, and `helpers.connect` under them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import openai
import pytest

import helpers
from helpers import connection
from waiting import nobody_works

SETTINGS = ("BASE_URL", "API_KEY", "NAME")


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
