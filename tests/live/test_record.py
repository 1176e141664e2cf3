"""`python -m maintenance.record`: a lesson recorded again from a live endpoint, and what a failure leaves alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from live.endpoint import KEY, Exchange, Reply, refusing, saying

COURSE = Path(__file__).parents[2]
QUESTIONS = "What is 1 + 20?", "And twice that?"
CELLS = [
    'import sys\nsys.path.insert(0, "..")\nimport helpers\n\nclient = helpers.connect("small")',
    'tutor = client.beta.assistants.create(model="gpt-6-luna", instructions="Answer briefly.")\nprint(tutor.id)',
    "thread = helpers.create_new_thread(client)",
    *(f'run = helpers.ask(client, tutor.id, thread.id, "{question}")' for question in QUESTIONS),
    "finished = False\nif finished:\n    client.beta.threads.delete(thread.id)",
]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A copy of the course with one small lesson, never recorded."""
    folder = tmp_path / "course"
    for name in ("helpers", "widgets", "migration", "local_api", "maintenance"):
        shutil.copytree(COURSE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "data" / "recordings").mkdir(parents=True)
    (folder / "notebooks").mkdir()
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [new_markdown_cell("# A small lesson"), *map(new_code_cell, CELLS)]
    nbformat.write(new_notebook(cells=cells, metadata=kernel), lesson_of(folder))
    return folder


def lesson_of(course: Path) -> Path:
    return course / "notebooks" / "small.ipynb"


def recording_of(course: Path) -> Path:
    return course / "data" / "recordings" / "small.json"


def echo(exchange: Exchange) -> None:
    """Answers with a text that only this endpoint can have said."""
    saying(f"Live answer to: {exchange.body['input'][-1]['content']}")(exchange)


def failing_at_the_second(exchange: Exchange) -> None:
    reply = echo if len(exchange.body["input"]) == 1 else refusing(400, "Enough")
    reply(exchange)


def record(course: Path, url: str, *options: str, answer: str = "") -> subprocess.CompletedProcess:
    """Record the lesson with the endpoint at this address; its key stands in .env, where a teacher has it."""
    (course / ".env").write_text(f"MODEL_BASE_URL={url}\nMODEL_API_KEY={KEY}\nMODEL_NAME=tiny\n", encoding="utf-8")
    return run_in(course, "maintenance.record", "small", *options, answer=answer)


def run_in(course: Path, module: str, *options: str, answer: str = "") -> subprocess.CompletedProcess:
    names = ("MODEL_", "OPENAI_", "COURSE_RECORD", "LOCAL_API_DB")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(names)}
    command = [sys.executable, "-m", module, *options]
    return subprocess.run(command, cwd=course, env=environment, input=answer, capture_output=True, text=True)


def contents(course: Path) -> dict[Path, bytes]:
    files = (path for path in course.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path: path.read_bytes() for path in files if path.name != ".env"}


def test_what_a_live_model_said_is_recorded_and_replays(course: Path, scripted: Callable) -> None:
    endpoint = scripted(echo)
    done = record(course, endpoint.url, "--yes")
    assert done.returncode == 0, done.stderr
    check_recording(json.loads(recording_of(course).read_text(encoding="utf-8")))
    assert len(endpoint.asked) == len(QUESTIONS)
    check_outputs(course)
    assert "+" in done.stdout and "Live answer to" in done.stdout  # the difference was shown
    replayed = run_in(course, "pytest", "--nbval", "-q", "-p", "no:cacheprovider", str(lesson_of(course)))
    assert replayed.returncode == 0, replayed.stdout
    assert len(endpoint.asked) == len(QUESTIONS)  # the replay asked nobody
    searched = [*contents(course).values(), done.stdout.encode(), done.stderr.encode(), replayed.stdout.encode()]
    assert not [text for text in searched if KEY.encode() in text]


def check_recording(recording: dict) -> None:
    assert recording["source"] == "by tiny at 127.0.0.1"
    assert [len(conversation["messages"]) for conversation in recording["conversations"]] == [4]
    said = [entry for entry in recording["conversations"][0]["messages"] if "assistant" in entry]
    assert [entry["assistant"] for entry in said] == [f"Live answer to: {question}" for question in QUESTIONS]


def check_outputs(course: Path) -> None:
    """They are those of the replay: made ids, and the line of recorded mode; the clean-up is off again."""
    notebook = nbformat.read(lesson_of(course), as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown = ["".join(output.get("text", "") for output in cell.outputs) for cell in code]
    assert shown[0].startswith("recorded mode: replies from data/recordings/small.json, by tiny at 127.0.0.1")
    assert [f"Live answer to: {question}" in text for question, text in zip(QUESTIONS, shown[3:])] == [True, True]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert code[-1].source.startswith("finished = False")


@pytest.mark.parametrize(
    ("reply", "options", "typed", "why"),
    [(failing_at_the_second, ("--yes",), "", "Enough"), (echo, (), "\n", "")],
    ids=["a cell fails", "nobody says yes"],
)
def test_nothing_is_changed(
    course: Path, scripted: Callable, reply: Reply, options: tuple[str, ...], typed: str, why: str
) -> None:
    recording_of(course).write_text("an older recording", encoding="utf-8")
    before = contents(course)
    done = record(course, scripted(reply).url, *options, answer=typed)
    assert done.returncode != 0
    assert "Nothing was changed" in done.stderr
    assert why in done.stderr
    # Not our own traceback; a kernel that is being shut down sometimes leaves one of its own.
    assert "record.py" not in done.stderr.partition("Nothing was changed")[0]
    assert contents(course) == before
    assert KEY not in done.stdout + done.stderr
