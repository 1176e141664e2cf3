"""Settings as people really write them: what is read, and what is refused with a word on how to mend it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local_api import chosen_endpoint, chosen_mode
from local_api import settings as module

COURSE = Path(__file__).parents[2]
SECRET = "-".join(("sk", "planted", "0123456789"))  # in one piece it would look like a real one
NAMES = ("COURSE_MODE", "MODEL_BASE_URL", "MODEL_API_KEY", "MODEL_NAME", "OPENAI_BASE_URL", "OPENAI_API_KEY")


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of settings, and nothing of the kind in the environment."""
    monkeypatch.setattr(module, "COURSE", tmp_path)
    for name in [*NAMES, "OPENAI_MODEL"]:
        monkeypatch.delenv(name, raising=False)
    return tmp_path / ".env"


READ = {
    "plain": b"COURSE_MODE=live\nMODEL_NAME=tiny\n",
    "with a mark": b"\xef\xbb\xbfCOURSE_MODE=live\nMODEL_NAME=tiny\n",
    "from Windows": b"COURSE_MODE=live\r\nMODEL_NAME=tiny\r\n",
    "no last line end": b"MODEL_NAME=tiny\nCOURSE_MODE=live",
    "quotes": b"COURSE_MODE=\"live\"\nMODEL_NAME='tiny'\n",
    "for a shell": b"export COURSE_MODE=live\nexport MODEL_NAME=tiny\n",
    "twice": b"COURSE_MODE=recorded\nMODEL_NAME=tiny\nCOURSE_MODE=live\n",
    "blanks and remarks": b"# mine\n COURSE_MODE = live # yes\n\nMODEL_NAME=tiny\n",
}


@pytest.mark.parametrize("content", READ.values(), ids=READ)
def test_settings_are_read_as_people_write_them(dotenv: Path, content: bytes) -> None:
    dotenv.write_bytes(content)
    assert (chosen_mode(), chosen_endpoint().model) == ("live", "tiny")


def test_a_folder_of_that_name_holds_no_settings(dotenv: Path) -> None:
    dotenv.mkdir()  # some call their virtual environment so
    assert chosen_mode() == "recorded"


@pytest.mark.parametrize("content", ["# café\n".encode("latin-1"), "COURSE_MODE=live\n".encode("utf-16"), b"\x80"])
def test_a_file_that_is_no_text_is_named(dotenv: Path, content: bytes) -> None:
    dotenv.write_bytes(content)
    with pytest.raises(ValueError, match="save it as UTF-8") as refused:
        chosen_mode()
    assert str(dotenv) in str(refused.value)


@pytest.mark.parametrize("mode", ["Live", "“live”", "online", "live recorded"])
def test_an_unknown_mode_is_told_with_those_that_there_are(dotenv: Path, mode: str) -> None:
    dotenv.write_text(f"COURSE_MODE='{mode}'", encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(repr(mode)) + ".*recorded, live"):
        chosen_mode()


@pytest.mark.parametrize("name", ["MODEL_BASE_URL", "OPENAI_BASE_URL"])
@pytest.mark.parametrize("url", [
    "localhost:11434/v1", "llama", "http://", "http:///v1", "ftp://localhost/v1", "file:///v1", "http://[::1/v1",
    "http://localhost:port/v1", "http://localhost:99999/v1", "http://local host/v1", "http://local\x7fhost/v1",
])  # fmt: skip
def test_what_is_no_address_is_refused(dotenv: Path, monkeypatch: pytest.MonkeyPatch, name: str, url: str) -> None:
    monkeypatch.setenv(name, url)
    with pytest.raises(ValueError, match=r"MODEL_BASE_URL.*isn't an address"):
        chosen_endpoint()


@pytest.mark.parametrize(
    "url",
    [
        f"https://me:{SECRET}@host/v1",
        f"https://me:{SECRET}@host:port/v1",
        f"https://host/v1?key={SECRET}",
        f"localhost/v1?key={SECRET}",
        f"http://host/#{SECRET}",
        SECRET,
    ],
)
def test_a_secret_in_an_address_is_refused_and_not_repeated(dotenv, monkeypatch, url: str) -> None:
    # The address is printed by `connect`, and stands in a failed run.
    monkeypatch.setenv("MODEL_BASE_URL", url)
    with pytest.raises(ValueError, match="MODEL_API_KEY") as refused:
        chosen_endpoint()
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("key", ["…", f"{SECRET}…", f"Bearer {SECRET}", f"{SECRET}\n{SECRET}", f"열쇠{SECRET}"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_repeated(dotenv, monkeypatch, key: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(ValueError, match=r"MODEL_API_KEY.*copy it again") as refused:
        chosen_endpoint()
    assert SECRET not in str(refused.value)


def test_openais_own_address_gets_openais_key(dotenv, monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("MODEL_BASE_URL", "https://api.openai.com/v1/")
    assert (chosen_endpoint().api_key, chosen_endpoint().base_url) == (SECRET, "https://api.openai.com/v1")


def test_blanks_around_a_key_are_nobodys_business(dotenv, monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f" {SECRET}\n")
    assert chosen_endpoint().api_key == SECRET


@pytest.mark.parametrize(("command", "said"), [
    (["-m", "local_api", "serve"], "save it as UTF-8"),
    (["course.py", "check"], "save .env as UTF-8"),
])  # fmt: skip
def test_commands_have_no_traceback_for_a_bad_file(tmp_path: Path, command: list[str], said: str) -> None:
    shutil.copytree(COURSE / "local_api", tmp_path / "local_api", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("course.py", "requirements.txt", "constraints.txt"):
        shutil.copy(COURSE / name, tmp_path)
    (tmp_path / ".env").write_bytes(b"\xff\xfe\xff")
    done = subprocess.run([sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
