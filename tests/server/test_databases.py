"""Databases that can't be used: each is told with the file's name and what to do, at once, and left as it is."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import openai
import pytest

from contract.wire import CheckedTransport
from live.endpoint import Exchange, answer, message
from local_api import Home, create_app, lasting_home
from local_api.model.recorded import RecordedModel
from local_api.storage import schema
from waiting import nobody_works

NOBODY = 65534  # a user that owns nothing


@contextmanager
def client_of(path: Path) -> Iterator[openai.OpenAI]:
    """A client of the home in this file."""
    home: Home = lasting_home(path, RecordedModel([]))
    transport = CheckedTransport(create_app(home), [])
    http = openai.DefaultHttpx2Client(transport=transport)
    with openai.OpenAI(api_key="none", base_url="http://local/v1", http_client=http, max_retries=0) as client:
        yield client
    home.store.close()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A good one, with an assistant in it."""
    path = tmp_path / "objects.sqlite3"
    with client_of(path) as client:
        client.beta.assistants.create(model="m", name="Precious")
    return path


def sql(*statements: str) -> Callable[[Path], None]:
    """Another program writes to the file, or makes it."""

    def do(path: Path) -> None:
        with closing(sqlite3.connect(path)) as db:
            for statement in statements:
                db.execute(statement)
            db.commit()

    return do


def anew(*statements: str) -> Callable[[Path], None]:
    """Another program's file in its place."""

    def do(path: Path) -> None:
        path.unlink()
        sql(*statements)(path)

    return do


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


UNUSABLE = {
    "a text": (lambda path: path.write_text("Dear diary, " * 100), "LOCAL_API_DB"),
    "cut off": (truncated, "damaged"),
    "another program's": (anew("CREATE TABLE bookmarks (url)"), "another program's database"),
    "another program's with our version": (
        anew("CREATE TABLE objects (x)", "PRAGMA user_version = 1"),
        "another program's database",
    ),
    "a later release's": (sql(f"PRAGMA user_version = {schema.VERSION + 1}"), "a later release"),
}


@pytest.mark.parametrize(("spoil", "advice"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_file_that_is_no_database_of_ours_is_named_and_left_alone(database: Path, spoil, advice) -> None:
    spoil(database)
    before = database.read_bytes()
    with pytest.raises(ValueError, match=advice) as refused:
        lasting_home(database, RecordedModel([]))
    assert str(database) in str(refused.value)
    assert database.read_bytes() == before


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with client_of(tmp_path / "empty") as client:
        assert client.beta.assistants.list().data == []


@pytest.fixture
def foreign_folder() -> Iterator[Path]:
    """A folder in which this user may not write; for its time the superuser, who may everything, is somebody else."""
    if os.name != "posix":
        pytest.skip("permissions are tried on POSIX systems only")
    folder = Path(tempfile.mkdtemp())  # others may not enter pytest's own
    is_root = os.geteuid() == 0
    yield folder
    if is_root:
        os.seteuid(0)
    folder.chmod(0o700)
    shutil.rmtree(folder)


@pytest.mark.parametrize(("file", "name"), [(0o444, "file"), (0o666, "file"), (0o666, "new")])
def test_what_may_not_be_written_to_is_told_at_once(
    database: Path, foreign_folder: Path, monkeypatch: pytest.MonkeyPatch, file: int, name: str
) -> None:
    shutil.copy(database, foreign_folder / "file")
    (foreign_folder / "file").chmod(file)
    foreign_folder.chmod(0o555)
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
    monkeypatch.setattr(schema, "PATIENCE", 10_000)  # seconds: who waits for a file to change its mind hangs
    with pytest.raises(ValueError, match="LOCAL_API_DB") as refused:
        lasting_home(foreign_folder / name, RecordedModel([]))
    assert str(foreign_folder / name) in str(refused.value)


def test_a_database_that_another_program_holds_is_told_and_free_again_afterwards(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "PATIENCE", 0.2)
    with client_of(database) as client, closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(openai.InternalServerError, match="Another program is using it") as refused:
            client.beta.threads.create()
        assert str(database) in refused.value.message
        with pytest.raises(ValueError, match="Another program is using it"):
            lasting_home(database, RecordedModel([]))
        other.execute("ROLLBACK")
        assert client.beta.threads.create().object == "thread"


@pytest.mark.parametrize("damage", [b"Preci\xff\xff\xff", b'Precious"'[:-1] + b"\n", b'Prec"ous'])
def test_a_damaged_object_is_told_and_the_others_are_still_there(database: Path, damage: bytes) -> None:
    with client_of(database) as client:
        whole = client.beta.assistants.create(model="m")
    sql("PRAGMA wal_checkpoint(TRUNCATE)")(database)
    content = database.read_bytes()
    assert content.count(b'Precious"') == 1
    database.write_bytes(content.replace(b'Precious"', damage.ljust(9, b"x")))
    with client_of(database) as client:
        with pytest.raises(openai.InternalServerError, match="damaged") as refused:
            client.beta.assistants.list()
        assert str(database) in refused.value.message
        assert len(refused.value.message) < 1000
        assert client.beta.assistants.retrieve(whole.id) == whole


def test_nobody_waits_for_ever_when_the_database_is_held_while_a_model_speaks(
    answered: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "PATIENCE", 0.2)
    held = []

    def hold_and_answer(exchange: Exchange) -> None:
        held.append(sqlite3.connect(tmp_path / "objects.sqlite3", isolation_level=None, check_same_thread=False))
        held[0].execute("BEGIN IMMEDIATE")
        exchange.head()
        exchange.send(*answer(message("Hello.")))

    client, _ = answered(hold_and_answer)
    with pytest.raises(openai.APIStatusError):
        client.responses.create(model="m", input="hi")
    nobody_works()
    for other in held:
        other.close()
    assert client.beta.threads.create().object == "thread"
