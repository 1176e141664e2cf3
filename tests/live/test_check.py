"""`course.py check` and the installation on real machines: code pages, `.env` as people write it, pip's settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.contents.largefilemanager import LargeFileManager

from course import LAB_OPTIONS
from live.endpoint import refusing, saying, serving
from maintenance.lesson import COURSE

PARTS = ("helpers", "local_api", "maintenance")
FILES = ("course.py", "constraints.txt", "requirements.txt", "requirements-lessons.txt", "requirements-dev.txt")
KOREAN = {"a console in cp949": {"PYTHONIOENCODING": "cp949"}, "a locale in EUC-KR": {"LC_ALL": "ko_KR.EUC-KR"}}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A copy of the course with these packages and no settings."""
    for part in PARTS:
        shutil.copytree(COURSE / part, tmp_path / part)
    for name in FILES:
        shutil.copy(COURSE / name, tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the Korean locale of old systems."""
    folder = tmp_path_factory.mktemp("locales")
    command = ["localedef", "-i", "ko_KR", "-f", "EUC-KR", folder / "ko_KR.EUC-KR"]
    if not shutil.which("localedef") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("this machine can't make the locale ko_KR.EUC-KR")
    return folder


def in_course(course: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run course.py with these variables and none of the course's own."""
    ours = ("PYTHONUTF8", "MODEL_", "OPENAI_", "COURSE_", "PIP_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, "course.py", *command],
        cwd=course,
        env={**environment, **variables},
        capture_output=True,
        timeout=120,
    )


@pytest.fixture
def check(course: Path) -> Iterator[Callable[..., dict[str, str]]]:
    """What `course.py check` says about each subject, in a course with this `.env`."""
    (course / ".venv").symlink_to(sys.prefix)

    def check_(dotenv: str, encoding: str = "utf-8", **variables: str) -> dict[str, str]:
        (course / ".env").write_text(dotenv, encoding="utf-8")
        done = in_course(course, "check", **variables)
        assert b"Traceback" not in done.stderr
        lines = done.stdout.decode(encoding).splitlines()
        return {line.split()[1]: line.split()[0] + " " + " ".join(line.split()[2:]) for line in lines}

    yield check_
    (course / ".venv").unlink()


@pytest.mark.parametrize("variables", KOREAN.values(), ids=KOREAN)
def test_a_model_with_a_korean_name_in_a_korean_code_page(check: Callable, locales: Path, variables: dict) -> None:
    with serving(refusing(400, "서버 없음 — • ✓ 😀")) as endpoint:
        dotenv = f"COURSE_MODE=live\nMODEL_BASE_URL={endpoint.url}\nMODEL_NAME=한국어\n"
        said = check(dotenv, "cp949", LOCPATH=str(locales), **variables)
    assert said["endpoint"].startswith(
        f"WRONG 한국어 at {endpoint.url} does not answer. Next: {endpoint.url} answered 400"
    )
    assert "서버 없음" in said["endpoint"]


def test_an_answer_beyond_the_code_page(check: Callable, locales: Path) -> None:
    with serving(saying("네 — • ✓ 😀")) as endpoint:
        dotenv = f"COURSE_MODE=live\nMODEL_BASE_URL={endpoint.url}\nMODEL_NAME=m😀\n"
        said = check(dotenv, "cp949", LOCPATH=str(locales), LC_ALL="ko_KR.EUC-KR")
    assert said["endpoint"] == f"ok m? at {endpoint.url} answers"


@pytest.mark.parametrize(("dotenv", "said"), [
    ('COURSE_MODE="live # not"', "WRONG live # not. Next: set COURSE_MODE to recorded or to live"),
    ("MODE=recorded\nCOURSE_MODE=${MODE}", "ok recorded"),
    ('NOTES="first\nCOURSE_MODE=live\nlast"', "ok recorded"),
    ("COURSE_MODE=recorded # as always", "ok recorded"),
], ids=["a quoted #", "a variable", "several lines", "a remark"])  # fmt: skip
def test_check_reads_settings_as_connect_does(check: Callable, dotenv: str, said: str) -> None:
    assert check(dotenv)["mode"].startswith(said)


def test_a_variable_that_stops_the_probe_is_named(check: Callable) -> None:
    said = check("COURSE_MODE=live\nMODEL_BASE_URL=http://127.0.0.1:1/v1\n", SSL_CERT_FILE="/gone.pem")
    assert "SSL_CERT_FILE names /gone.pem" in said["endpoint"]


def test_a_file_of_settings_with_the_wrong_name_is_noticed(course: Path) -> None:
    (course / ".env.txt").write_text("COURSE_MODE=live\n")
    assert b".env.txt is not read. Next: rename it to .env" in in_course(course, "check").stdout


@pytest.mark.parametrize(
    "variables", [{"PIP_USER": "1"}, {"PIP_CONFIG_FILE": "pip.conf"}], ids=["PIP_USER", "pip.conf"]
)
def test_pips_setting_for_users_does_not_stop_the_installation(course: Path, variables: dict[str, str]) -> None:
    (course / "pip.conf").write_text("[install]\nuser = true\n")
    for name in FILES[1:]:
        (course / name).write_text("" if name == "constraints.txt" else "pip\n")  # which is there
    venv.create(course / ".venv", with_pip=True)
    (course / ".venv/share/jupyter/lab/settings").mkdir(parents=True)
    done = in_course(course, PIP_NO_INDEX="1", **variables)
    assert (course / ".venv/requirements.txt.stamp").exists(), done.stdout + done.stderr


def test_env_writes_settings_and_overwrites_none(course: Path) -> None:
    shutil.copy(COURSE / ".env.example", course)
    assert b"remove the #" in in_course(course, "env").stdout
    assert (course / ".env").read_bytes() == (COURSE / ".env.example").read_bytes()
    (course / ".env").write_text("COURSE_MODE=live\n")
    assert b"There is a .env already" in in_course(course, "env").stdout
    assert (course / ".env").read_text() == "COURSE_MODE=live\n"


def test_the_settings_can_be_edited_in_jupyterlab(tmp_path: Path) -> None:
    server = ServerApp()
    server.parse_command_line([option for option in LAB_OPTIONS if "LabApp" not in option])
    files = LargeFileManager(root_dir=str(tmp_path), config=server.config)
    files.save({"type": "file", "format": "text", "content": "COURSE_MODE=live\n"}, ".env")
    assert files.get(".env")["content"] == "COURSE_MODE=live\n"
