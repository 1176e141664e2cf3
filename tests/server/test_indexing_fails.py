"""A database that is locked while a file is indexed: the file is indexed later, and does not wait for ever."""

from __future__ import annotations

import io
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from local_api import lasting_home
from local_api.model.recorded import RecordedModel
from local_api.storage import leases, schema

WAIT = 60  # seconds until the test gives up


def test_a_file_whose_indexing_failed_is_indexed_by_the_next_who_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for module, name, seconds in ((schema, "PATIENCE", 0.1), (leases, "LEASE", 1.0), (leases, "RENEW_EVERY", 0.2)):
        monkeypatch.setattr(module, name, seconds)
    path = tmp_path / "db"
    home = lasting_home(path, RecordedModel([]))
    file = home.files.upload("notes.txt", io.BytesIO(b"The sea is salt. " * 40_000), "assistants")
    store_id = home.vector_stores.create({})["id"]
    home.vector_store_files.create(store_id, {"file_id": file["id"]})
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # until the file has been read and its passages can't be written
        deadline = time.monotonic() + WAIT
        while "while it indexed" not in caplog.text and time.monotonic() < deadline:
            time.sleep(0.05)
        other.execute("ROLLBACK")
    assert "while it indexed" in caplog.text
    deadline = time.monotonic() + WAIT
    while (status := home.vector_stores.retrieve(store_id)["status"]) == "in_progress" and time.monotonic() < deadline:
        time.sleep(0.1)
    assert status == "completed"
    home.store.close()
