"""A disk without room, and what killed processes leave on it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import openai
import pytest

from local_api import lasting_home
from local_api.model.recorded import RecordedModel
from local_api.storage.blobs import ORPHANED_AFTER
from server.running import launch, ready

MB = 2**20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 4 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("this user can't mount a disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("temporary", ["elsewhere", "full too"])
def test_an_upload_that_does_not_fit_is_refused_and_leaves_nothing(small_disk: Path, tmp_path: Path, temporary: str):
    settings = {"TMPDIR": str(small_disk)} if temporary == "full too" else {}
    server = ready(launch("--port", 0, "--db", small_disk / "db", **settings))
    try:
        client = server.client()
        kept = client.files.create(file=("small.txt", b"x"), purpose="assistants")
        request = {"files": {"file": ("large.txt", b"x" * 8 * MB)}, "data": {"purpose": "assistants"}}
        answer = httpx2.post(f"{server.url}/files", **request, timeout=60)
        assert (answer.status_code, answer.headers["x-should-retry"]) == (507, "false")
        assert "no room left on this machine's disk. Free some space" in answer.json()["error"]["message"]
        assert sorted(path.name for path in (small_disk / "db.files").iterdir()) == [kept.id]
        assert client.files.create(file=("other.txt", b"y"), purpose="assistants").bytes == 1
    finally:
        server.close()


def test_a_database_without_room_says_so_and_works_again_when_there_is_some(small_disk: Path):
    server = ready(launch("--port", 0, "--db", small_disk / "db"))
    try:
        client = server.client()
        assistant = client.beta.assistants.create(model="m")
        filler = small_disk / "filler"
        with filler.open("wb") as file, pytest.raises(OSError):
            while file.write(b"x" * MB):
                file.flush()
        with pytest.raises(openai.APIStatusError, match="no room left on this machine's disk") as refused:
            for _ in range(100):
                client.beta.assistants.create(model="m", instructions="x" * 200_000)
        assert refused.value.status_code == 507
        assert client.beta.assistants.retrieve(assistant.id) == assistant
        filler.unlink()
        client.beta.assistants.create(model="m", instructions="x" * 200_000)
    finally:
        server.close()


def test_what_killed_processes_have_left_is_deleted_at_the_next_start(tmp_path: Path):
    path, model = tmp_path / "db", RecordedModel([])
    home = lasting_home(path, model)
    with (tmp_path / "a.txt").open("wb+") as content:
        file = home.files.upload("a.txt", content, "assistants")
    folder = home.files.blobs.folder
    home.store.lease("run_gone", "a process that is gone", until=time.time() - 7 * 86_400)
    home.store.lease("run_live", "another process", until=time.time() + 5)
    gone = subprocess.Popen(["true"])
    gone.wait()
    long_ago = time.time() - 2 * ORPHANED_AFTER
    for name, written in (
        (f"{gone.pid}-1.part", time.time()),
        (f"{os.getppid()}-1.part", long_ago),  # of a process that is alive
        ("file-orphan", long_ago),
        ("file-arriving", time.time()),
    ):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (written, written))
    home.store.close()
    home = lasting_home(path, model)
    assert {entry.name for entry in folder.iterdir()} == {file["id"], f"{os.getppid()}-1.part", "file-arriving"}
    assert [home.store.leased_until(run) > 0 for run in ("run_gone", "run_live")] == [False, True]
    home.store.close()
