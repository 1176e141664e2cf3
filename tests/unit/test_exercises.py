"""The lessons in a real kernel: solved, cleaned up after, run again from any cell on, and opened alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell

from budget import LONG_TESTS
from maintenance.alone import is_fine, publish
from maintenance.lesson import PATHS, Lesson, kernel, load, printed, run

ASK = """import json
left = [assistant.name for assistant in client.beta.assistants.list()]
print(json.dumps({"left": left, "recordings": client.get("/local/recordings", cast_to=object)["data"]}))"""

# In recorded mode each look takes a run one step on, so that waiting between looks would only make the test slow.
NO_WAITING = "import time; time.sleep = lambda seconds: None"


@pytest.fixture(scope="module", params=PATHS, ids=lambda path: path.stem)
def solved(request: pytest.FixtureRequest) -> Lesson:
    """A lesson after a full run with each exercise solved and the clean-up wanted; its last cell is `ASK`."""
    lesson = load(request.param)
    lesson.solve()
    lesson.cells.append(new_code_cell(ASK))
    with kernel(lesson) as client:
        run(client, lesson.code)
    return lesson


def test_solutions_satisfy_their_checks(solved: Lesson) -> None:
    verdicts = [printed(exercise.check) for exercise in solved.exercises]
    assert verdicts and all(verdicts)
    assert not [verdict for verdict in verdicts if "Not yet" in verdict]


def test_every_recorded_reply_is_used(solved: Lesson) -> None:
    recordings = json.loads(printed(solved.code[-1]))["recordings"]
    assert {recording["name"]: recording["unused"] for recording in recordings} == {solved.path.stem: []}


def test_clean_up_leaves_nothing_behind(solved: Lesson) -> None:
    assert "finished = True" in solved.code[-2].source
    assert json.loads(printed(solved.code[-1]))["left"] == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_any_suffix_runs_again(path: Path) -> None:
    lesson = load(path)
    with kernel(lesson) as client:
        client.kc.execute(NO_WAITING, silent=True)
        run(client, lesson.code)
        for start in range(1, len(lesson.code), 1 if LONG_TESTS else 4):
            try:
                run(client, lesson.code[start:])
            except CellExecutionError as error:
                pytest.fail(f"after a full run, from cell {start + 1} on: {error}")


def test_setup_fetches_the_course(tmp_path: Path) -> None:
    """As in Colab: the notebook stands alone. Its repository is a copy on this machine."""
    alone = tmp_path / "alone" / "notebooks" / PATHS[0].name
    alone.parent.mkdir(parents=True)
    shutil.copy(PATHS[0], alone)
    lesson, address = load(alone), publish(tmp_path / "published")
    for _ in ("at first", "after a restart"):
        with kernel(lesson, PIP_NO_INDEX="1", **address) as client:
            run(client, lesson.code[:1])
        assert (alone.parent / "course").is_dir()
        assert is_fine(printed(lesson.code[0]), printed(load(PATHS[0]).code[0]))
