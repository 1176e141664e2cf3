"""No key and no path of somebody's machine in any file of the repository, and the rules notice both."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from private import private_in

COURSE = Path(__file__).parents[2]
EXAMPLES = "tests/unit/test_lessons.py"  # what the lessons' rule must notice


def kept_files() -> list[str]:
    """The files under version control, and those that are about to be."""
    if not shutil.which("git") or not (COURSE / ".git").exists():
        pytest.skip("this is no repository")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=COURSE, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (COURSE / name).is_file()]


def test_the_repository_holds_nothing_private() -> None:
    texts = {name: (COURSE / name).read_bytes().decode("utf-8", "replace") for name in kept_files()}
    found = {name: private_in(text) for name, text in texts.items() if name != EXAMPLES}
    assert len(texts) > 100
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize("parts", [
    ("sk", "-proj-abcdefgh"), ("hf", "_abcdefghijklmnopqrst"), ("ghp", "_abcdefghijklmnopqrst"), ("/ho", "me/ann"),
    ("-----BEGIN RSA ", "PRIVATE KEY-----"), ("C:", "\\Users\\ann"), ("/t", "mp/x"), ("/ro", "ot/x"),
])  # fmt: skip
def test_what_is_private_is_noticed(parts: tuple[str, str]) -> None:
    assert private_in(f"see {''.join(parts)} there")
