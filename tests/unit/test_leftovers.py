"""A run that leaves temporary files behind fails, and names them: also those of processes that its tests started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import leftovers

LEAVE = "import tempfile; tempfile.mkdtemp(prefix='left-')"
TESTS = {
    "nothing left": ("import tempfile\ndef test():\n    tempfile.TemporaryDirectory().cleanup()\n", 0),
    "left by a test": (f"def test():\n    {LEAVE}\n", 1),
    "left by a child": (
        f'import subprocess, sys\ndef test():\n    subprocess.run([sys.executable, "-c", "{LEAVE}"], check=True)\n',
        1,
    ),
    "deleted at the worker's exit": (
        "import atexit, shutil, tempfile\n"
        "def test():\n    atexit.register(shutil.rmtree, tempfile.mkdtemp(prefix='left-'))\n",
        0,
    ),
}


@pytest.mark.parametrize(("test", "status"), TESTS.values(), ids=TESTS)
def test_what_is_left_fails_the_run(tmp_path: Path, test: str, status: int) -> None:
    (tmp_path / "test_it.py").write_text(test, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(leftovers.__file__).parent),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    command = [sys.executable, "-m", "pytest", "-p", "xdist", "-n1", "-p", "leftovers", str(tmp_path)]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8")
    assert "1 passed" in ended.stdout, ended.stdout + ended.stderr
    assert (ended.returncode, "left-" in ended.stdout) == (status, bool(status)), ended.stdout
