"""The setup cell, run by a kernel in any folder: it finds the course, or says in one line what to do."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

from maintenance.lesson import COURSE, PATHS, load, printed

PARTS = ("helpers", "local_api", "data")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with the course two levels below."""
    home = tmp_path_factory.mktemp("home")
    for part in PARTS:
        shutil.copytree(COURSE / part, home / "my files" / "course-main" / part)
    (home / "my files" / "course-main" / "notebooks").mkdir()
    (home / "unreadable").mkdir(mode=0)
    (home / "helpers").mkdir()  # of something else
    return home


def set_up(folder: Path, **environment: str) -> str:
    """What the setup cell prints in this folder, where neither git nor pip can fetch anything."""
    notebook = new_notebook(cells=[new_code_cell(load(PATHS[0]).setup)])
    git = folder / ".programs" / "git"
    git.parent.mkdir()
    git.write_text("#!/bin/sh\necho git was called >&2\nexit 1\n")
    git.chmod(0o755)
    client = NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    offline = {"PATH": f"{git.parent}:{os.environ['PATH']}", "PIP_NO_INDEX": "1", "COURSE_MODE": "recorded"}
    with client.setup_kernel(env={**os.environ, **offline, **environment}):
        try:
            client.execute_cell(notebook.cells[0], 0)
        finally:
            shutil.rmtree(git.parent)
    return printed(notebook.cells[0])


@pytest.mark.parametrize("folder", [".", "my files", "my files/course-main", "my files/course-main/notebooks"])
def test_the_course_is_found_above_and_below(home: Path, folder: str) -> None:
    assert set_up(home / folder).startswith("recorded mode: replies from data/recordings/01_basics.json")


def test_where_there_is_no_course_one_line_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CellExecutionError) as refused:
        set_up(tmp_path)
    advice = "No module named 'helpers': open this lesson with python course.py; in Colab, restart the session."
    assert str(refused.value).rstrip().endswith(advice)
