"""`python -m maintenance.alone`: each lesson as in Colab, alone in an empty folder, with the Python that runs this.

The setup cell fetches the course from a copy on this machine, and installs what is missing. Everything that a lesson
shows must then be what is stored in it; pip may say something above what the setup cell itself prints.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell

from .lesson import COURSE, PATHS, kernel, load, printed, run, shown

FETCHED = ("helpers", "widgets", "migration", "local_api", "data", "requirements-lessons.txt")
# Colab has loaded these before the first cell, so what pip did to them would show.
LOADED = "import IPython, httpx, ipywidgets, matplotlib.pyplot, numpy, openai, pandas, pydantic"
PROGRAMS = ("git", "sh")  # all that there is: no bubblewrap above all


def main() -> None:
    """Run all lessons, and print which cells differ."""
    with tempfile.TemporaryDirectory() as folder:
        address = publish(Path(folder, "published"))
        programs = link(Path(folder, "programs"))
        found = [fault for path in PATHS for fault in faults(path, Path(folder, path.stem), address, programs)]
    print(*found, sep="\n")
    sys.exit(bool(found))


def publish(folder: Path) -> dict[str, str]:
    """Make a repository with the course as it stands here.

    Args:
        folder: where; it is not there yet.

    Returns:
        The environment in which git takes it for the one that setup cells name.
    """
    folder.mkdir()
    for part in FETCHED:
        copy = shutil.copytree if (COURSE / part).is_dir() else shutil.copy
        copy(COURSE / part, folder / part)
    author = ["-c", "user.name=Course", "-c", "user.email=course@example.com"]
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-q", "-m", "All"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    named = next(word for word in load(PATHS[0]).setup.split() if word.startswith("https://"))
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{folder.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": named,
    }


def link(folder: Path) -> str:
    """Make a folder with nothing but `PROGRAMS`, and return its path."""
    folder.mkdir()
    for program in PROGRAMS:
        (folder / program).symlink_to(shutil.which(program))
    return str(folder)


def faults(path: Path, folder: Path, address: dict[str, str], programs: str) -> list[str]:
    """Run a lesson in a folder of its own, and tell what differs from what is stored.

    Args:
        path: the notebook.
        folder: where to put it; it is not there yet.
        address: what `publish` returned.
        programs: what `link` returned.
    """
    folder.mkdir()
    shutil.copy(path, folder)
    stored, alone = load(path), load(folder / path.name)
    alone.cells.append(new_code_cell(LOADED))
    with kernel(alone, PATH=programs, **address) as client:
        *lesson, loaded = alone.code
        try:
            run(client, [loaded, *lesson])
        except CellExecutionError as error:
            return [f"{path.stem}: {error}"]
    said = printed(alone.code[0])
    found = [] if is_fine(said, printed(stored.code[0])) else [f"{path.stem}: the setup cell says: {said}"]
    for cell, other in zip(stored.code[1:], alone.code[1:]):
        if shown(cell) != shown(other):
            found.append(f"{path.stem}, cell {cell.execution_count}: {shown(other)} instead of {shown(cell)}")
    return found


def is_fine(said: str, stored: str) -> bool:
    """Whether a setup cell ends in what is stored, and neither git nor pip complained before."""
    return said.endswith(stored) and "fatal" not in said and "ERROR" not in said


if __name__ == "__main__":
    main()
