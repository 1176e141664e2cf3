"""A lesson's notebook as data: its headings, its code, its exercises with their solutions, its outputs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

COURSE = Path(__file__).resolve().parent.parent
PATHS = sorted((COURSE / "notebooks").glob("*.ipynb"))

UNSTABLE = {"image/png", "image/jpeg", "application/vnd.jupyter.widget-view+json"}
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
SOLUTION = re.compile(r"<details>\s*<summary>Solution</summary>\s*```python\n(.*?)```\s*</details>", re.DOTALL)


@dataclass(frozen=True)
class Heading:
    cell: int
    level: int
    text: str


@dataclass(frozen=True)
class Exercise:
    """An exercise: the learner's cell, the cell that checks it, and the hint and solution below them."""

    name: str
    task: NotebookNode
    check: NotebookNode
    answers: str

    @property
    def solution(self) -> str:
        found = SOLUTION.search(self.answers)
        if found is None:
            raise ValueError(f"{self.name} has no solution.")
        return found[1]


@dataclass
class Lesson:
    path: Path
    notebook: NotebookNode

    @property
    def cells(self) -> list[NotebookNode]:
        cells: list[NotebookNode] = self.notebook.cells
        return cells

    @property
    def code(self) -> list[NotebookNode]:
        return [cell for cell in self.cells if cell.cell_type == "code"]

    @property
    def prose(self) -> list[str]:
        """The Markdown cells without their fenced code."""
        return [FENCE.sub("", cell.source) for cell in self.cells if cell.cell_type == "markdown"]

    @property
    def setup(self) -> str:
        return self.code[0].source if self.code else ""

    @cached_property
    def headings(self) -> list[Heading]:
        return [
            Heading(number, len(marks), text)
            for number, cell in enumerate(self.cells)
            if cell.cell_type == "markdown"
            for marks, text in re.findall(r"^(#+) +(.+)$", FENCE.sub("", cell.source), re.MULTILINE)
        ]

    @property
    def body(self) -> list[NotebookNode]:
        """The code cells before the recap."""
        end = next((heading.cell for heading in self.headings if heading.text == "Recap"), len(self.cells))
        return [cell for cell in self.cells[:end] if cell.cell_type == "code"]

    @property
    def exercises(self) -> list[Exercise]:
        """The exercises that have all their cells."""
        complete = []
        for heading in self.exercise_headings:
            following = self.cells[heading.cell + 1 : heading.cell + 4]
            if [cell.cell_type for cell in following] == ["code", "code", "markdown"]:
                task, check, answers = following
                complete.append(Exercise(heading.text, task, check, answers.source))
        return complete

    @property
    def exercise_headings(self) -> list[Heading]:
        return [heading for heading in self.headings if heading.text.startswith("Exercise ")]

    @property
    def is_clean(self) -> bool:
        """Whether the code cells were run once each, from the first to the last."""
        return [cell.execution_count for cell in self.code] == list(range(1, len(self.code) + 1))

    def solve_exercises(self) -> None:
        """Put each solution into its exercise's cell."""
        for exercise in self.exercises:
            exercise.task.source = exercise.solution

    def solve(self) -> None:
        """Put each solution into its exercise's cell, and enable the clean-up."""
        self.solve_exercises()
        self.code[-1].source = self.code[-1].source.replace("finished = False", "finished = True")


def load(path: Path) -> Lesson:
    """The lesson in this file."""
    return Lesson(path, nbformat.read(path, as_version=4))


def lines_of(cell: NotebookNode) -> int:
    """The number of lines of a cell that are not blank."""
    return sum(1 for line in cell.source.splitlines() if line.strip())


def shown(cell: NotebookNode) -> list[dict[str, Any]]:
    """A cell's outputs, with streams joined and without what differs between two runs."""
    parts: list[dict[str, Any]] = []
    for output in cell.outputs:
        if output.output_type == "stream":
            if parts and parts[-1].keys() == {output.name}:
                parts[-1][output.name] += output.text
            else:
                parts.append({output.name: output.text})
        elif output.output_type == "error":
            parts.append({"error": output.ename, "message": output.evalue})
        else:
            parts.append({kind: "(there)" if kind in UNSTABLE else value for kind, value in output.data.items()})
    return parts


def printed(cell: NotebookNode) -> str:
    """What a cell printed to stdout."""
    return "".join(part.get("stdout", "") for part in shown(cell))


@contextmanager
def kernel(lesson: Lesson, **environment: str) -> Iterator[NotebookClient]:
    """A new kernel in the notebook's folder, in recorded mode unless the environment says otherwise."""
    folder = {"metadata": {"path": str(lesson.path.parent)}}
    client = NotebookClient(lesson.notebook, timeout=600, record_timing=False, resources=folder)
    with client.setup_kernel(env={**os.environ, "COURSE_MODE": "recorded", **environment}):
        yield client


def run(client: NotebookClient, cells: list[NotebookNode]) -> None:
    """Run these cells of the client's notebook in order.

    Raises:
        CellExecutionError: a cell raised an error.
    """
    for cell in cells:
        client.execute_cell(cell, client.nb.cells.index(cell))
