"""The wheel: built from a copy and installed into an empty folder, it works from anywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from maintenance.lesson import COURSE

PACKED = ("pyproject.toml", "README.md", "LICENSE", "requirements-lessons.txt")
FOLDERS = ("local_api", "helpers", "widgets", "migration", "data")
PIP = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "--no-input"]

TALK = """
import helpers, migration, widgets
from helpers import ask, connect, create_new_thread

def talk(lesson, question, **options):
    client = connect(lesson)
    assistant = client.beta.assistants.create(model="gpt-6-luna", **options)
    run = ask(client, assistant.id, create_new_thread(client).id, question)
    print(run.status)

talk(
    "01_basics",
    "What is 15% of 80?",
    instructions="You are a personal math tutor. Answer in one short sentence, in the language of the question.",
)
talk(
    "03_code_interpreter",
    "피보나치 수열의 처음 20개 항을 코드로 구해 주세요.",
    instructions="You are a personal math tutor. Answer briefly, in the language of the question.",
    tools=[{"type": "code_interpreter"}],
)
print(helpers.__file__)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the installed wheel."""
    above = tmp_path_factory.mktemp("wheel")
    copy, installed = above / "copy", above / "installed"  # setuptools leaves files where it builds
    copy.mkdir()
    for name in PACKED:
        shutil.copy(COURSE / name, copy)
    for name in FOLDERS:
        shutil.copytree(COURSE / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    do(*PIP, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(above), str(copy), cwd=above)
    (wheel,) = above.glob("*.whl")
    do(*PIP, "install", "--no-deps", "--no-index", "--no-compile", "--target", str(installed), str(wheel), cwd=above)
    return installed


def do(*command: str, cwd: Path, **environment: str) -> str:
    """Run a command and return what it prints."""
    options = {**os.environ, "PYTHONIOENCODING": "utf-8", **environment}
    done = subprocess.run(command, cwd=cwd, env=options, capture_output=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_recordings_and_the_python_tool_work(installed: Path, tmp_path: Path) -> None:
    """A recorded reply needs the recordings; the python tool doesn't start in its sandbox without its font."""
    path = os.pathsep.join([str(installed), os.environ["PYTHONPATH"]])
    printed = do(sys.executable, "-c", TALK, cwd=tmp_path, PYTHONPATH=path)
    assert printed.splitlines().count("completed") == 2
    assert "15% of 80 is 12" in printed and "4181" in printed
    assert printed.splitlines()[-1] == str(installed / "helpers" / "__init__.py")


def test_everything_is_in_it(installed: Path) -> None:
    """Every module, and all data that lessons use."""
    modules = [path for folder in FOLDERS for path in (COURSE / folder).rglob("*.py")]
    data = [path for path in (COURSE / "data").rglob("*") if path.is_file() and "sources" not in path.parts]
    missing = [path for path in [*modules, *data] if not (installed / path.relative_to(COURSE)).is_file()]
    assert missing == []
