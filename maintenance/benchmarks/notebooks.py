"""Copies of lessons with added cells, and strict nbval runs of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from maintenance.lesson import COURSE


def silent_cell(source: str) -> NotebookNode:
    """A cell that was executed without output."""
    cell: NotebookNode = new_code_cell(source, execution_count=1)
    return cell


def write(notebook: NotebookNode, path: Path) -> Path:
    """Write a notebook, and return its path."""
    nbformat.write(notebook, path)
    return path


def run_nbval(notebooks: list[Path]) -> None:
    """Run notebooks anywhere in strict mode, with the course's modules.

    Raises:
        RuntimeError: an output differs; its message is pytest's report.
    """
    # The project's own options apply only to its own folder, so that the two sides would differ.
    options = ["--nbval", "-q", "-p", "no:cacheprovider", "-o", "addopts="]
    command = [sys.executable, "-m", "pytest", *options, *map(str, notebooks)]
    environment = {**os.environ, "PYTHONPATH": str(COURSE)}
    done = subprocess.run(command, check=False, cwd=COURSE, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(f"nbval failed:\n{done.stdout}")
