"""`python -m maintenance.versions [WORD …]`: the lessons and the helpers' tests with other versions than ours.

Each environment of the table is created and deleted again; with words, only those whose name contains one of them.
Strict nbval and the tests run in it. In one that imitates Colab, `maintenance.alone` runs the lessons, and the setup
cell must not change any package that was there before.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from subprocess import CalledProcessError

from .lesson import COURSE

TESTS = [
    "notebooks",
    *(f"tests/unit/test_{name}.py" for name in ("connection", "migration", "playground_panel", "quiz")),
]
LAST_LINES = 30  # of a failed step's output, to be printed
# Old widgets use what newer kernels deprecate. Learners don't see the warning, but in our tests it is an error.
QUIET = "ignore:The `ipykernel.comm.Comm` class:DeprecationWarning"


@dataclass(frozen=True)
class Environment:
    """Versions to try.

    Args:
        name: on the command line and in the report.
        python: the version of Python.
        packages: versions to install; all others are the newest that fit.
        is_colab: whether only these packages are there before the setup cell runs.
    """

    name: str
    python: str = "3.11"
    packages: str = ""
    is_colab: bool = False


# The packages of Colab in August 2026 that concern the lessons; at the end, those that its own package requires.
COLAB = (
    "openai==2.54.0 httpx==0.28.1 httpx2 pydantic==2.13.* ipywidgets==7.7.1 widgetsnbextension==3.6.10 matplotlib "
    "jupyter-client==7.4.9 traitlets==5.7.1 psutil==5.9.5 flask python-dotenv defusedxml "
    "ipykernel==6.17.1 ipython==7.34.0 notebook==6.5.7 jupyter-server==2.14.0 tornado==6.5.1 requests==2.32.4 pandas<3"
)
ENVIRONMENTS = [
    Environment("newest"),
    Environment("openai 2", packages="openai==2.54.0 httpx==0.28.1"),
    Environment("ipywidgets 7", packages="ipywidgets==7.7.1 jupyterlab-widgets<2 jupyterlab<4 notebook<7"),
    Environment("ipywidgets 8.0", packages="ipywidgets==8.0.0"),
    Environment("ipykernel 6", packages="ipykernel==6.17.1 ipython==7.34.0"),
    Environment("Python 3.10", python="3.10"),
    Environment("Python 3.12", python="3.12"),
    Environment("Python 3.13", python="3.13"),
    Environment("Python 3.14", python="3.14"),
    Environment("Colab, Python 3.12", python="3.12", packages=COLAB, is_colab=True),
    Environment("Colab, Python 3.13", python="3.13", packages=COLAB, is_colab=True),
]


def main(words: list[str]) -> None:
    """Try the environments and print a line for each; exits with 1 if one fails or can't be tried."""
    if not shutil.which("uv"):
        sys.exit("This needs uv: pip install uv.")
    chosen = [tried for tried in ENVIRONMENTS if not words or any(word in tried.name for word in words)]
    if not chosen:
        sys.exit("Name some of: " + "; ".join(tried.name for tried in ENVIRONMENTS))
    results = [is_green(tried) for tried in chosen]
    sys.exit(not all(results))


def is_green(tried: Environment) -> bool:
    """Try an environment and print the result."""
    with tempfile.TemporaryDirectory() as above:
        folder = Path(above, "venv")  # all users may enter it, which the assistants' code has to
        try:
            run("uv", "venv", "--seed", "--python", tried.python, str(folder))
        except CalledProcessError:
            print(f"-     {tried.name}: untried, no environment with Python {tried.python} could be made", flush=True)
            return False
        try:
            print(f"ok    {tried.name}: {outcome(tried, folder)}", flush=True)
        except CalledProcessError as error:
            end = "\n".join(error.stdout.splitlines()[-LAST_LINES:])
            print(f"WRONG {tried.name}: {error}\n{end}", flush=True)
            return False
    return True


def outcome(tried: Environment, folder: Path) -> str:
    """Install the environment in this folder, run the lessons and tests in it, and return the result in one line.

    Raises:
        CalledProcessError: a step failed; its output says why.
    """
    python = str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    install = ["uv", "pip", "install", "--python", python, *tried.packages.split()]
    if not tried.is_colab:
        run(*install, "-r", "requirements-dev.txt")
        return run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", QUIET, *TESTS).splitlines()[-1]
    run(*install)
    before = packages(python)
    run(python, "-m", "maintenance.alone")
    new = packages(python) - before
    if names(new) & names(before):
        raise CalledProcessError(1, "The setup cell's pip", f"It replaced what was there by: {' '.join(sorted(new))}.")
    return f"all outputs as stored; pip added {' '.join(sorted(new))}"


def packages(python: str) -> set[str]:
    """The packages of this Python, each as name==version."""
    return set(run("uv", "pip", "freeze", "--quiet", "--python", python).split("\n")) - {""}


def names(pins: set[str]) -> set[str]:
    """The packages in these pins."""
    return {pin.partition("==")[0] for pin in pins}


def run(*command: str) -> str:
    """Run a command in the course's folder and return its output.

    Raises:
        CalledProcessError: it failed.
    """
    done = subprocess.run(
        command, check=True, cwd=COURSE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )
    return done.stdout.strip()


if __name__ == "__main__":
    main(sys.argv[1:])
