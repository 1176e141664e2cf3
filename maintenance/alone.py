"""`python -m maintenance.alone`: run each lesson as in Colab, alone in an empty folder, with the Python that runs this.

The setup cell fetches the course from a copy on this machine and installs what is missing. All outputs must then equal
the stored ones; pip may print something above the setup cell's own line.
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
# Colab loads these before the first cell, so a change that pip makes to them would have an effect.
LOADED = "import IPython, httpx, ipywidgets, matplotlib.pyplot, numpy, openai, pandas, pydantic"
PROGRAMS = ("git", "sh")  # the only ones on the path: in particular no bubblewrap


def main() -> None:
    """Run all lessons, and print the cells that differ."""
    with tempfile.TemporaryDirectory() as folder:
        address = publish(Path(folder, "published"))
        programs = link(Path(folder, "programs"))
        found = [fault for path in PATHS for fault in faults(path, Path(folder, path.stem), address, programs)]
    print(*found, sep="\n")
    sys.exit(bool(found))


def publish(folder: Path) -> dict[str, str]:
    """Make a repository with the course as it is here.

    Args:
        folder: of the repository; it must not exist yet.

    Returns:
        Environment variables with which git uses it instead of the address in the setup cells.
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
    """Make a folder with nothing but `PROGRAMS`, and return its path.

    Raises:
        FileNotFoundError: one of them is not installed.
    """
    folder.mkdir()
    for program in PROGRAMS:
        path = shutil.which(program)
        if path is None:
            raise FileNotFoundError(f"{program} is not installed.")
        (folder / program).symlink_to(path)
    return str(folder)


def faults(path: Path, folder: Path, address: dict[str, str], programs: str) -> list[str]:
    """Run a lesson in a folder of its own.

    Args:
        path: the notebook.
        folder: to put it into; it must not exist yet.
        address: what `publish` returned.
        programs: what `link` returned.

    Returns:
        What differs from the stored outputs.
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
    output = printed(alone.code[0])
    found = [] if is_fine(output, printed(stored.code[0])) else [f"{path.stem}: the setup cell prints: {output}"]
    for cell, other in zip(stored.code[1:], alone.code[1:]):
        if shown(cell) != shown(other):
            found.append(f"{path.stem}, cell {cell.execution_count}: {shown(other)} instead of {shown(cell)}")
    return found


def is_fine(output: str, stored: str) -> bool:
    """Whether a setup cell's output ends with the stored one, without an error from git or pip before it."""
    return output.endswith(stored) and "fatal" not in output and "ERROR" not in output


if __name__ == "__main__":
    main()
