"""Opens the course. The first time, it installs what is needed into .venv.

python course.py                 opens lesson 01 in JupyterLab; with --no-browser it only prints the address
python course.py test            runs the tests
python course.py check           says what works, what doesn't, and what to type next
python course.py env             writes .env, with every setting explained; a .env that exists stays as it is

For maintainers:

python course.py record LESSON   records a lesson again, with the live model that .env names
python course.py measure         measures the course's speed and writes docs/MEASUREMENTS.md, in about ten minutes

Further options go to JupyterLab, to pytest or to the maintainers' command.
"""

from __future__ import annotations

import csv
import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON, SCHEME = (VENV / "Scripts/python.exe", "nt") if os.name == "nt" else (VENV / "bin/python", "posix_prefix")
# What the lessons need, JupyterLab on top of that, and the tests on top of both.
LESSONS, LEARN, TEST = "requirements-lessons.txt", "requirements.txt", "requirements-dev.txt"
HELP = "docs/TROUBLESHOOTING.md"  # `check` links to its anchors that begin with check-
# Each command is the module of that name in maintenance/, and needs these requirements.
MAINTENANCE = {"record": LEARN, "measure": TEST}
# JupyterLab asks nothing about news over the lesson, and doesn't look for updates.
QUIET_LAB = '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}'
LAB_OPTIONS = [
    f"--ServerApp.root_dir={ROOT}",
    "--LabApp.default_url=/lab/tree/notebooks/01_basics.ipynb",
    "--Application.log_level=WARN",  # so that the address stays visible
    "--ContentsManager.allow_hidden=True",  # so that .env can be opened and saved in the browser
    "--ServerApp.answer_yes=True",  # Ctrl-C stops it without a question
    "--allow-root",  # for containers; the address still needs its token and is local
]


def installed() -> dict[str, str]:
    """The packages in .venv with their versions; none if it is missing, damaged, or made for another Python."""
    site, found = sysconfig.get_path("purelib", SCHEME, vars={"base": str(VENV)}), {}
    for package in importlib.metadata.distributions(path=[site]):
        files = [row[0] for row in csv.reader((package.read_text("RECORD") or "no record").splitlines())]
        if not all(file.endswith(".pyc") or Path(package.locate_file(file)).exists() for file in files):
            return {}
        found[re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower()] = package.version
    return found if "pip" in found and os.access(PYTHON, os.X_OK) else {}


def stamp(requirements: str, packages: dict[str, str]) -> str:
    """The mark of a finished installation: a hash of the files that decide it, and of its packages."""
    files = [(ROOT / name).read_text(encoding="utf-8") for name in (LESSONS, LEARN, requirements, "constraints.txt")]
    return hashlib.sha256(repr((sys.version_info[:2], files, sorted(packages.items()))).encode()).hexdigest()


def is_complete(requirements: str, packages: dict[str, str]) -> bool:
    """Whether .venv is exactly as a finished installation of these requirements left it."""
    file = VENV / f"{requirements}.stamp"
    return bool(packages) and file.exists() and file.read_text() == stamp(requirements, packages)


def set_up(requirements: str) -> None:
    """Install these requirements into .venv, unless that has been done."""
    packages = installed()
    if is_complete(requirements, packages):
        return
    steps = [[PYTHON, "-I", "-m", "pip", "install", "-r", requirements, "-c", "constraints.txt"]]
    if not packages:
        shutil.rmtree(VENV, ignore_errors=True)
        # .venv's own Python may run this file: then its base makes the new .venv.
        steps.insert(0, [getattr(sys, "_base_executable", sys.executable), "-m", "venv", VENV])
    for file in VENV.glob("*.stamp"):
        file.unlink()
    print(f"Installing {requirements} into .venv. This takes a few minutes, only the first time.", flush=True)
    # A user's pip settings may ask for installations outside .venv, which pip refuses.
    if any(subprocess.call(step, cwd=ROOT, env={**os.environ, "PIP_USER": "0"}) for step in steps):
        sys.exit(
            "The installation did not finish: see the error above. "
            f"Once it is fixed, run the same command again ({HELP}#installation)."
        )
    (VENV / "share/jupyter/lab/settings").mkdir(exist_ok=True)
    (VENV / "share/jupyter/lab/settings/overrides.json").write_text(QUIET_LAB)
    for name in {LEARN, requirements}:  # the tests' requirements include the learner's
        (VENV / f"{name}.stamp").write_text(stamp(name, installed()))


def findings() -> Iterator[tuple[str, str, str]]:
    """What the lessons need: the subject, what was found, and what to do if that is wrong."""
    packages, start = installed(), "type python course.py"
    yield "Python", sys.version.split()[0], ""
    versions = described(packages) if packages else "missing or damaged"
    yield "packages", versions, "" if is_complete(LEARN, packages) else start
    kernel = packages and (VENV / "share/jupyter/kernels/python3/kernel.json").exists()
    yield "kernel", "python3 of .venv" if kernel else "no python3 in .venv", "" if kernel else start
    if unread := unread_settings():
        yield "mode", *unread
    elif packages:
        yield from probed()
    else:
        yield "mode", "not known before the packages are installed", start
    try:
        tempfile.TemporaryFile(dir=ROOT).close()
        yield "folder", "can be written to", ""
    except OSError:
        yield "folder", "can't be written to", "move the course to a folder of your own"


def unread_settings() -> tuple[str, str] | None:
    """Why settings that somebody wrote are not read, and what to do; None if there is no such reason."""
    dotenv = ROOT / ".env"
    if not dotenv.is_file():
        # Windows' Notepad adds .txt, and its Explorer doesn't show it.
        return (".env.txt is not read", "rename it to .env") if (ROOT / ".env.txt").exists() else None
    try:
        dotenv.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return ".env is not UTF-8 text", "save .env as UTF-8"
    return None


def described(packages: dict[str, str]) -> str:
    """The versions of what learners need, followed by any that differ from constraints.txt."""
    files = (LESSONS, LEARN, "constraints.txt")
    lessons, learn, constraints = ((ROOT / name).read_text(encoding="utf-8") for name in files)
    versions = [f"{name} {packages.get(name, 'missing')}" for name in re.findall(r"(?m)^\w[\w-]*", lessons + learn)]
    pins = set(re.findall(r"(?m)^([\w-]+)==([^\s;]+)", constraints))
    others = [" ".join(pair) for pair in sorted(packages.items() - pins) if pair[0] in dict(pins)]
    return ", ".join(versions) + ("; not as in constraints.txt: " + ", ".join(others) if others else "")


def probed() -> list[tuple[str, str, str]]:
    """What the lessons' own code finds in the settings, and whether a live model answers."""
    probe = subprocess.run([PYTHON, "-X", "utf8", "-m", "maintenance.probe"], cwd=ROOT, capture_output=True)
    if probe.returncode:
        reason = probe.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        return [("mode", f"could not be found out: {reason}", "type python course.py")]
    return json.loads(probe.stdout)


def write_settings() -> None:
    """Write `.env` from `.env.example`, unless it exists."""
    try:
        with open(ROOT / ".env", "xb") as file:
            file.write((ROOT / ".env.example").read_bytes())
    except FileExistsError:
        print("There is a .env already, which stays as it is. ", end="")
    print("Open it, in JupyterLab with File > Open from Path and the name .env, and remove the # from what you change.")


def main(command: str = "", *options: str) -> None:
    """Run the command that the command line names."""
    if command == "check":
        sys.stdout.reconfigure(errors="replace")  # a console may lack characters of a model's or the system's messages
        results = list(findings())
        for subject, fact, advice in results:
            next_step = advice and f". Next: {advice} ({HELP}#check-{subject})"
            print(f"{'WRONG' if advice else 'ok':6}{subject:10}{fact}{next_step}")
        sys.exit(any(advice for _, _, advice in results))
    if command == "env":
        write_settings()
        return
    if command in MAINTENANCE:
        run_module(MAINTENANCE[command], f"maintenance.{command}", *options)
    elif command == "test":
        run_module(TEST, "pytest", "-n", "auto", *options)
    elif command == "" or (command.startswith("-") and command != "--help"):
        run_module(LEARN, "jupyterlab", *LAB_OPTIONS, *filter(None, [command, *options]))
    else:
        sys.exit(__doc__.strip())


def run_module(requirements: str, *module: str) -> NoReturn:
    """Run a module with .venv's Python in place of this process, once .venv has what it needs."""
    set_up(requirements)
    os.chdir(ROOT)
    os.environ["PYTHONUTF8"] = "1"  # for all that it starts as well: kernels read and write files in UTF-8
    if os.name == "posix":
        os.execv(PYTHON, [str(PYTHON), "-m", *module])  # so that signals and the exit code are the module's
    sys.exit(subprocess.call([PYTHON, "-m", *module]))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C leaves no traceback; pip and JupyterLab handle it themselves
    if sys.version_info < (3, 10):  # noqa: UP036
        version = "{}.{}".format(*sys.version_info)
        sys.exit(f"This course needs Python 3.10 or newer, but this is {version} ({HELP}#python).")
    main(*sys.argv[1:])
