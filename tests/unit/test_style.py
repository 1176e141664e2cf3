"""Code and notebooks keep the style that pyproject.toml asks for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from maintenance.lesson import COURSE


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_has_nothing_to_say(command: list[str]) -> None:
    said = subprocess.run([sys.executable, "-m", "ruff", *command], cwd=COURSE, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
