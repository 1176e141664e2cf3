"""The way into the course. It installs what is needed into .venv, once.

python course.py                 opens lesson 01 in JupyterLab; with --no-browser it prints the address
python course.py test            runs the tests; further options go to pytest, as above to JupyterLab
python course.py check           says what works, what does not, and what to type next
python course.py record LESSON   records a lesson anew with the live model that .env names
python course.py measure         measures the course's speed and writes docs/MEASUREMENTS.md; it takes about ten minutes
"""

from __future__ import annotations

import csv
import hashlib
import importlib.metadata
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

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON, SCHEME = (VENV / "Scripts/python.exe", "nt") if os.name == "nt" else (VENV / "bin/python", "posix_prefix")
# What a lesson needs in any notebook program; with JupyterLab; and with what tests need.
LESSONS, LEARN, TEST = "requirements-lessons.txt", "requirements.txt", "requirements-dev.txt"
HELP = "docs/TROUBLESHOOTING.md"  # whose anchors begin with check- where `check` finds a fault
TOOLS = {"test": ("pytest", "-n", "auto"), "record": ("maintenance.record",), "measure": ("maintenance.benchmarks",)}
# No question about news on top of the lesson, and no look-up of newer versions.
QUIET_LAB = '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}'
LAB_OPTIONS = [
    f"--ServerApp.root_dir={ROOT}",
    "--LabApp.default_url=/lab/tree/notebooks/01_basics.ipynb",
    "--Application.log_level=WARN",  # leaves the address to read
    "--ServerApp.answer_yes=True",  # Ctrl-C means it
    "--allow-root",  # for containers; the address still holds a token and is for this machine only
]


def look_into_venv() -> dict[str, str]:
    """The packages in .venv with their versions; none if it is not there, or damaged, or for another Python."""
    site, found = sysconfig.get_path("purelib", SCHEME, vars={"base": str(VENV)}), {}
    for package in importlib.metadata.distributions(path=[site]):
        files = [row[0] for row in csv.reader((package.read_text("RECORD") or "no record").splitlines())]
        if not all(file.endswith(".pyc") or Path(package.locate_file(file)).exists() for file in files):
            return {}
        found[re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower()] = package.version
    return found if "pip" in found and os.access(PYTHON, os.X_OK) else {}


def stamp(requirements: str, found: dict[str, str]) -> str:
    """What a finished installation leaves behind: a hash of all that decided it, and of its result."""
    files = [(ROOT / name).read_text(encoding="utf-8") for name in (LESSONS, LEARN, requirements, "constraints.txt")]
    return hashlib.sha256(repr((sys.version_info[:2], files, sorted(found.items()))).encode()).hexdigest()


def is_complete(requirements: str, found: dict[str, str]) -> bool:
    """Whether .venv is just as a finished installation of these requirements left it."""
    file = VENV / f"{requirements}.stamp"
    return bool(found) and file.exists() and file.read_text() == stamp(requirements, found)


def set_up(requirements: str) -> None:
    """Make .venv hold these requirements, unless it does already."""
    found = look_into_venv()
    if is_complete(requirements, found):
        return
    steps = [[PYTHON, "-I", "-m", "pip", "install", "-r", requirements, "-c", "constraints.txt"]]
    if not found:
        shutil.rmtree(VENV, ignore_errors=True)
        # Should .venv's own Python run this file, the new .venv must stand on the Python below it.
        steps.insert(0, [getattr(sys, "_base_executable", sys.executable), "-m", "venv", VENV])
    for file in VENV.glob("*.stamp"):
        file.unlink()
    print(f"Installing {requirements} into .venv. It takes a few minutes, this once.", flush=True)
    if any(subprocess.call(step, cwd=ROOT) for step in steps):
        sys.exit(
            "The installation did not finish; the reason stands above. "
            f"Once it is mended, type the same again ({HELP}#installation)."
        )
    (VENV / "share/jupyter/lab/settings").mkdir(exist_ok=True)
    (VENV / "share/jupyter/lab/settings/overrides.json").write_text(QUIET_LAB)
    for name in {LEARN, requirements}:  # the tests' requirements include the learner's
        (VENV / f"{name}.stamp").write_text(stamp(name, look_into_venv()))


def findings() -> Iterator[tuple[str, str, str]]:
    """Everything that a lesson needs: its name, what was found, and what to type if that is wrong."""
    dotenv, found, start = ROOT / ".env", look_into_venv(), "type python course.py"
    content = dotenv.read_bytes() if dotenv.is_file() else b""
    text = content.decode("utf-8-sig", errors="replace")
    lines = re.findall(r"(?m)^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=(.*?)(?:[ \t]#.*)?$", text)
    settings = {**{name: value.strip().strip("'\"") for name, value in lines}, **os.environ}
    mode = settings.get("COURSE_MODE") or "recorded"
    key = settings.get("MODEL_API_KEY") or settings.get("OPENAI_API_KEY")
    yield "Python", sys.version.split()[0], ""
    yield "packages", describe(found) if found else "missing or damaged", "" if is_complete(LEARN, found) else start
    kernel = found and (VENV / "share/jupyter/kernels/python3/kernel.json").exists()
    yield "kernel", "python3 of .venv" if kernel else "no python3 in .venv", "" if kernel else start
    if "\ufffd" in text:
        yield "mode", ".env is not a text in UTF-8", "save .env as UTF-8"
    else:
        yield "mode", mode, "" if mode in ("recorded", "live") else "set COURSE_MODE to recorded or to live"
    yield "key", "present, not shown" if key else "none; recorded lessons and local models need none", ""
    if mode == "live" and found:
        yield "endpoint", *ask_endpoint()
    try:
        tempfile.TemporaryFile(dir=ROOT).close()
        yield "folder", "can be written to", ""
    except OSError:
        yield "folder", "can't be written to", "move the course to a folder of your own"


def describe(found: dict[str, str]) -> str:
    """The versions of what learners need, and after them any that differ from constraints.txt."""
    files = (LESSONS, LEARN, "constraints.txt")
    lessons, learn, constraints = ((ROOT / name).read_text(encoding="utf-8") for name in files)
    versions = [f"{name} {found.get(name, 'missing')}" for name in re.findall(r"(?m)^\w[\w-]*", lessons + learn)]
    pins = set(re.findall(r"(?m)^([\w-]+)==([^\s;]+)", constraints))
    others = [" ".join(pair) for pair in sorted(found.items() - pins) if pair[0] in dict(pins)]
    return ", ".join(versions) + ("; not as in constraints.txt: " + ", ".join(others) if others else "")


def ask_endpoint() -> tuple[str, str]:
    """Whether the live model answers a request of a few tokens, and what to do if it does not."""
    asked = subprocess.run(
        [PYTHON, "-m", "maintenance.probe"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    fact, _, advice = asked.stdout.strip().partition("\n")
    return (fact, advice) if fact else ("could not be asked", "type python course.py")


def main(command: str = "", *options: str) -> None:
    """Do what the command line asks for."""
    if command == "check":
        results = list(findings())
        for subject, fact, advice in results:
            way_out = advice and f". Next: {advice} ({HELP}#check-{subject})"
            print(f"{'WRONG' if advice else 'ok':6}{subject:10}{fact}{way_out}")
        sys.exit(any(advice for _, _, advice in results))
    if command not in ("", *TOOLS) and (command[0] != "-" or command == "--help"):
        sys.exit(__doc__.strip())
    set_up(TEST if command in ("test", "measure") else LEARN)
    module = [*TOOLS[command], *options] if command in TOOLS else ["jupyterlab", *LAB_OPTIONS, *sys.argv[1:]]
    os.chdir(ROOT)
    if os.name == "posix":
        os.execv(PYTHON, [str(PYTHON), "-m", *module])  # signals and the exit code are the module's own
    sys.exit(subprocess.call([PYTHON, "-m", *module]))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends this quietly; pip and JupyterLab get it themselves
    if sys.version_info < (3, 10):  # noqa: UP036
        version = "{}.{}".format(*sys.version_info)
        sys.exit(f"This course needs Python 3.10 or newer, and this is {version} ({HELP}#python).")
    main(*sys.argv[1:])
