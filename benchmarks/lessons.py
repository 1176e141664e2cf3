"""The strict run of all lessons: what they cost beyond kernels that use openai at all."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from .measure import COURSE, Row, in_turns

ROUNDS = 5
LESSONS = COURSE / "notebooks"
IMPORT = 'import openai\nclient = openai.OpenAI(api_key="none")\ntouched = client.beta.threads.messages'
TOUCH = "touched = client.beta.threads.messages"


def lessons() -> Row:
    """Strict nbval of all lessons against nbval of notebooks with as many cells that do next to nothing."""
    with tempfile.TemporaryDirectory() as folder:
        full = sorted(LESSONS.glob("*.ipynb"))
        bare = [write_bare_notebook(Path(folder, path.name), cells=code_cells(path)) for path in full]
        own, base = in_turns(lambda: run_nbval(full), lambda: run_nbval(bare), rounds=ROUNDS)
    what = "strict nbval of all lessons / of notebooks with as many cells"
    return Row(what, own / base, 1.5, f"{own:.1f} s / {base:.1f} s")


def code_cells(notebook: Path) -> int:
    """How many code cells a notebook has."""
    return sum(cell.cell_type == "code" for cell in nbformat.read(notebook, as_version=4).cells)


def write_bare_notebook(path: Path, cells: int) -> Path:
    """Write a notebook whose cells import openai once and touch `client.beta`."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    sources = [IMPORT] + [TOUCH] * (cells - 1)
    # Executed cells have a number, and nbval's strict mode compares their (empty) outputs.
    executed = [new_code_cell(source, execution_count=number) for number, source in enumerate(sources, start=1)]
    nbformat.write(new_notebook(cells=executed, metadata=kernel), path)
    return path


def run_nbval(notebooks: list[Path]) -> None:
    """Run notebooks in strict mode.

    Raises:
        RuntimeError: an output differs; its message is pytest's report.
    """
    # The project's own options hold for its own folder only, and would make the two sides differ.
    options = ["--nbval", "-q", "-p", "no:cacheprovider", "-o", "addopts="]
    command = [sys.executable, "-m", "pytest", *options, *map(str, notebooks)]
    environment = {**os.environ, "COURSE_MODE": "recorded"}
    done = subprocess.run(command, check=False, cwd=COURSE, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(f"nbval failed:\n{done.stdout}")
