"""The strict run of all lessons: how much longer it takes than kernels that only use openai."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from nbformat.v4 import new_notebook

from maintenance.lesson import PATHS, load

from .measure import seconds
from .notebooks import run_nbval, silent_cell, write
from .rows import Row

ROUNDS = 5
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
# Why the run may miss its target; the row on documents says how much of it is pypdf's own time.
PDF = "lessons on documents read PDF files, in the notebook and in the API, and pypdf takes its time for each"
TOUCH = "touched = client.beta.threads.messages"
IMPORT = f'import openai\nclient = openai.OpenAI(api_key="none")\n{TOUCH}'

# Inserted before a lesson; it records the seconds of each call of the python tool.
CLOCK = """
def note_python_tool():
    import time
    from local_api.sandbox.python import PythonTool
    run = PythonTool.run
    def noted(*arguments):
        began = time.perf_counter()
        try:
            return run(*arguments)
        finally:
            with open({file!r}, "a") as file:
                file.write(f"{{time.perf_counter() - began}}\\n")
    PythonTool.run = noted
note_python_tool()
"""


def lessons() -> list[Row]:
    """Strict nbval of all lessons against nbval of notebooks with as many cells that do next to nothing."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder, "python tool")
        full = [write_clocked(path, Path(folder, path.name), notes) for path in PATHS]
        bare = [write_bare(path, Path(folder, f"bare_{path.name}")) for path in full]
        rounds = [(run_seconds(full), sum_and_delete(notes), run_seconds(bare)) for _ in range(ROUNDS)]
    own = median(whole - python for whole, python, _ in rounds)
    python, base = median(round[1] for round in rounds), median(round[2] for round in rounds)
    what = f"strict nbval of all {len(full)} lessons, without the python tool"
    against = "of notebooks with as many cells that only import openai and touch client.beta"
    return [
        Row(what, own, against, base, unit="s", most_ratio=1.5, reason=PDF),
        Row("the python tool in the same run", python, "the lessons without it", own, unit="s"),
    ]


def run_seconds(notebooks: list[Path]) -> float:
    """How long the strict run of notebooks takes."""
    return seconds(lambda: run_nbval(notebooks))


def write_clocked(lesson: Path, path: Path, notes: Path) -> Path:
    """Write a copy of a lesson that records how long the python tool takes."""
    notebook = load(lesson).notebook
    notebook.cells.insert(0, silent_cell(CLOCK.format(file=str(notes))))
    return write(notebook, path)


def write_bare(lesson: Path, path: Path) -> Path:
    """Write a notebook with as many code cells as a lesson, which import openai once and touch `client.beta`."""
    touches = [silent_cell(TOUCH) for _ in load(lesson).code[1:]]
    return write(new_notebook(cells=[silent_cell(IMPORT), *touches], metadata=KERNEL), path)


def sum_and_delete(notes: Path) -> float:
    """The sum of the recorded seconds; the file is deleted."""
    noted = [float(line) for line in notes.read_text().splitlines()] if notes.exists() else []
    notes.unlink(missing_ok=True)
    return sum(noted)
