"""Code and notebooks keep the style, the layers and the types that pyproject.toml and .importlinter ask for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from maintenance.lesson import COURSE

COMMANDS = {
    "ruff check": ["-m", "ruff", "check"],
    "ruff format": ["-m", "ruff", "format", "--check"],
    "lint-imports": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
    "mypy": ["-m", "mypy"],
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_checker_finds_no_fault(command: list[str]) -> None:
    checked = subprocess.run([sys.executable, *command], cwd=COURSE, capture_output=True, encoding="utf-8")
    assert checked.returncode == 0, checked.stdout + checked.stderr
