"""A database that an earlier release wrote opens in this one: nothing is lost, and a copy of the old file is kept."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import openai
import pytest

from contract.wire import CheckedTransport
from local_api import create_app, lasting_home
from local_api.model.recorded import RecordedModel
from local_api.model.recording import load_recording
from local_api.storage import schema
from waiting import nobody_works

WRITTEN = Path(__file__).with_name("data") / "afebe98"
FACTS = json.loads((WRITTEN / "facts.json").read_text())
OPEN = "import sys; from local_api.storage.store import Store; Store(sys.argv[1]).close()"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The old database, with the files beside it."""
    shutil.copytree(WRITTEN, tmp_path / "old")
    return tmp_path / "old" / "objects.sqlite3"


@pytest.fixture
def client(database: Path) -> Iterator[openai.OpenAI]:
    home = lasting_home(database, RecordedModel([load_recording(WRITTEN / "recording.json")]))
    http = openai.DefaultHttpxClient(transport=CheckedTransport(create_app(home), []))
    with openai.OpenAI(api_key="none", base_url="http://local/v1", http_client=http, max_retries=0) as client:
        yield client
    nobody_works()
    home.store.close()


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        version: int = db.execute("PRAGMA user_version").fetchone()[0]
        return version


def test_what_was_stored_is_there(client: openai.OpenAI) -> None:
    threads = client.beta.threads
    assert client.beta.assistants.retrieve(FACTS["assistant"]).metadata == {"k": "v"}
    assert threads.retrieve(FACTS["thread"]).metadata == {"who": "Ada"}
    texts = [message.content[0].text.value for message in threads.messages.list(FACTS["thread"])]
    assert texts == ["Hello there.", "hi"]
    assert threads.runs.retrieve(FACTS["run"], thread_id=FACTS["thread"]).status == "completed"
    (reply, _) = threads.messages.list(FACTS["search_thread"]).data
    assert reply.content[0].text.annotations[0].file_citation.file_id == FACTS["file"]
    steps = threads.runs.steps.list(FACTS["search_run"], thread_id=FACTS["search_thread"]).data
    assert [step.type for step in steps] == ["message_creation", "tool_calls"]
    items = client.conversations.items.list(FACTS["conversation"]).data
    assert [item.content[0].text for item in items] == ["earlier"]
    assert client.responses.retrieve(FACTS["chained"]).output_text == "Hello again."


def test_work_goes_on_where_it_stopped(client: openai.OpenAI) -> None:
    threads = client.beta.threads
    run = threads.runs.retrieve(FACTS["waiting_run"], thread_id=FACTS["waiting_thread"])
    assert run.status == "expired"  # ten minutes after it was created, as it would have in the old release
    threads.messages.create(run.thread_id, role="user", content="The thread is free again.")
    threads.messages.create(FACTS["thread"], role="user", content="and again")
    run = threads.runs.create_and_poll(thread_id=FACTS["thread"], assistant_id=FACTS["assistant"])
    assert run.status == "completed"
    assert threads.messages.list(FACTS["thread"]).data[0].content[0].text.value == "Hello again."
    found = client.vector_stores.search(FACTS["vector_store"], query="apples").data
    assert found and "Apples are kept in the cellar." in found[0].content[0].text
    client.files.delete(FACTS["file"])
    assert client.vector_stores.search(FACTS["vector_store"], query="apples").data == []


def test_a_copy_of_the_old_file_is_kept(client: openai.OpenAI, database: Path) -> None:
    kept = database.with_name("objects.sqlite3.version-1")
    assert (version_of(kept), version_of(database)) == (1, schema.VERSION)
    with closing(sqlite3.connect(kept)) as copy, closing(sqlite3.connect(WRITTEN / "objects.sqlite3")) as written:
        assert list(copy.iterdump()) == list(written.iterdump())


def test_several_processes_may_open_it_at_once(database: Path) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", OPEN, str(database)], cwd=Path(__file__).parents[2]) for _ in range(4)
    ]
    assert [process.wait(60) for process in started] == [0] * 4
    assert version_of(database) == schema.VERSION
    assert version_of(database.with_name("objects.sqlite3.version-1")) == 1
    assert not list(database.parent.glob("*.part"))


def test_an_update_that_fails_changes_nothing(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(schema.MIGRATIONS, 2, ["DROP INDEX objects_in_order", "a mistake"])
    with pytest.raises(ValueError, match="can't be used"):
        lasting_home(database, RecordedModel([]))
    assert version_of(database) == 1
    with closing(sqlite3.connect(database)) as db, closing(sqlite3.connect(WRITTEN / "objects.sqlite3")) as written:
        assert list(db.iterdump()) == list(written.iterdump())


def test_a_later_release_s_is_refused_by_its_version(database: Path) -> None:
    with closing(sqlite3.connect(database)) as db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    with pytest.raises(
        ValueError, match=f"its version is {schema.VERSION + 1}, and this release knows up to {schema.VERSION}"
    ):
        lasting_home(database, RecordedModel([]))


def test_lists_are_in_the_order_of_arrival_whatever_the_clock_says(
    client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = client.beta.threads.create()
    say = client.beta.threads.messages.create
    say(thread.id, role="user", content="first")
    monkeypatch.setattr("local_api.storage.clock.time.time", lambda: 86_400.0)  # somebody sets the clock back
    say(thread.id, role="user", content="second")
    messages = client.beta.threads.messages
    texts = [message.content[0].text.value for message in messages.list(thread.id, order="asc")]
    assert texts == ["first", "second"]
    after = messages.list(thread.id, order="asc", after=messages.list(thread.id, order="asc").data[0].id)
    assert [message.content[0].text.value for message in after] == ["second"]
