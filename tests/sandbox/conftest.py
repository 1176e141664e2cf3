"""Python tools whose sessions leave nothing behind, which is looked at after every test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_api.sandbox.python import PythonTool
from sandbox.sessions import SECONDS, are_gone, below_us


@pytest.fixture
def home_of_sessions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Where the sessions' folders are, apart from the test's own; at the end none is left."""
    folder = Path(tempfile.mkdtemp(prefix="t-"))  # short, as paths of sockets must be
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert not list(folder.glob("python-*")), "folders of sessions are left behind"
    shutil.rmtree(folder)


@pytest.fixture
def tools(home_of_sessions: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., PythonTool]]:
    """A function that makes Python tools, which homes take theirs from as well.

    After the test they are closed, and none of their processes is left.
    """
    made = []

    def make(is_trusted: bool = False, seconds: float = SECONDS, most_sessions: int | None = None) -> PythonTool:
        made.append(PythonTool(is_trusted, seconds, most_sessions))
        return made[-1]

    monkeypatch.setattr("local_api.home.PythonTool", make)
    before = below_us()
    yield make
    started = [process for process in below_us() if process not in before]
    for tool in made:
        tool.close()
    assert are_gone(started), "processes of sessions are left behind"
