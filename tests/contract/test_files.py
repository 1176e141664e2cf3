"""Files: uploads with names in any language, what may be downloaded, and when they are gone."""

from __future__ import annotations

import io
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import openai
import pytest

from contract.talks import HELLO, talk
from local_api.bodies.files import MAX_BYTES

HOUR = {"anchor": "created_at", "seconds": 3600}
PURPOSES = "['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals']"


@pytest.fixture
def client(open_home) -> openai.OpenAI:
    return open_home(talk(("hi", HELLO)))


def upload(client: openai.OpenAI, name: str = "notes.txt", content: bytes = b"notes", **options) -> object:
    options = {"purpose": "batch", **options}
    return client.files.create(file=(name, content), **options)


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", bytes(range(256)) * 5000], ids=["empty", "csv", "binary"])
def test_what_is_uploaded_comes_back(client, content):
    file = upload(client, content=content)
    assert (file.object, file.bytes, file.status, file.expires_at) == ("file", len(content), "processed", None)
    assert client.files.content(file.id).read() == content
    assert client.files.retrieve(file.id) == file


@pytest.mark.parametrize(("name", "kept"), [
    ("보고서 2023.pdf", "보고서 2023.pdf"),
    ("データ📄.csv", "データ📄.csv"),
    ('a "b"; c.txt', 'a "b"; c.txt'),
    ("../../etc/passwd", "passwd"),
    ("C:\\temp\\x.txt", "x.txt"),
    ("folder/", "upload"),
    ("two\nlines\r\0\u2028.txt", "twolines.txt"),
    ("\n", "upload"),
    ("CON", "CON"),
    ("..", ".."),
])  # fmt: skip
def test_a_name_is_kept_without_its_folders(client, name, kept):
    # The SDK writes control characters as %0A; other clients send them.
    head = f"Content-Disposition: form-data; name=file; filename*=utf-8''{quote(name, safe='')}"
    purpose = "Content-Disposition: form-data; name=purpose\r\n\r\nbatch"
    form = f"--x\r\n{purpose}\r\n--x\r\n{head}\r\n\r\nnotes\r\n--x--\r\n"
    made = client._client.post("http://local/v1/files", content=form.encode(), **FORM)
    file = client.files.retrieve(made.json()["id"])
    assert file.filename == kept
    assert client.files.content(file.id).read() == b"notes"


def test_files_can_be_given_as_paths_and_streams(client, tmp_path):
    path = tmp_path / "한글.md"
    path.write_text("# 제목", encoding="utf-8")
    with path.open("rb") as stream:
        for file in (path, stream, io.BytesIO(path.read_bytes())):
            kept = client.files.create(file=file, purpose="batch")
            assert client.files.content(kept.id).text == "# 제목"


def test_files_are_listed_by_purpose_newest_first(client):
    made = [upload(client, purpose=purpose).id for purpose in ("batch", "vision", "batch")]
    assert [file.id for file in client.files.list()] == made[::-1]
    assert [file.id for file in client.files.list(purpose="batch", order="asc")] == [made[0], made[2]]
    assert [file.id for file in client.files.list(after=made[2], limit=1).data] == [made[1]]


def test_the_same_file_twice_is_two_files(client):
    first, second = upload(client), upload(client)
    assert first.id != second.id
    client.files.delete(first.id)
    assert client.files.content(second.id).read() == b"notes"


def test_a_deleted_file_is_gone(client):
    file = upload(client)
    gone = client.files.delete(file.id)
    assert (gone.id, gone.object, gone.deleted) == (file.id, "file", True)
    for call in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError, match=f"No such File object: {file.id}"):
            call(file.id)


@pytest.mark.parametrize("look", [
    lambda client, id: client.files.list().data == [],
    lambda client, id: _is_missing(client.files.retrieve, id),
    lambda client, id: _is_missing(client.files.content, id),
])  # fmt: skip
def test_a_file_expires(client, look):
    file = upload(client, expires_after=HOUR)
    assert file.expires_at == file.created_at + 3600
    client.post("/local/skip_time", body={"seconds": 3599}, cast_to=object)
    assert client.files.retrieve(file.id) == file
    client.post("/local/skip_time", body={"seconds": 1}, cast_to=object)
    assert look(client, file.id)


def _is_missing(call: Callable[[str], object], id: str) -> bool:
    try:
        call(id)
    except openai.NotFoundError:
        return True
    return False


REFUSALS = {
    "unknown purpose": (
        lambda client: upload(client, purpose="world_domination"),
        (400, f"'world_domination' is not one of {PURPOSES} - 'purpose'", "purpose", None),
    ),
    "purpose of the server's own files": (
        lambda client: upload(client, purpose="assistants_output"),
        (400, f"'assistants_output' is not one of {PURPOSES} - 'purpose'", "purpose", None),
    ),
    "no purpose": (
        lambda client: client.post("/files", cast_to=object, body={}),
        (400, "Missing required parameter: 'purpose'.", "purpose", "missing_required_parameter"),
    ),
    "no file": (
        lambda client: client.post("/files", cast_to=object, body={"purpose": "batch"}, options=FORM),
        (400, "Missing required parameter: 'file'.", "file", "missing_required_parameter"),
    ),
    "too short a life": (
        lambda client: upload(client, expires_after={"anchor": "created_at", "seconds": 3599}),
        (
            400,
            "Invalid 'expires_after[seconds]': integer below minimum value. "
            "Expected a value >= 3600, but got 3599 instead.",
            "expires_after[seconds]",
            "integer_below_min_value",
        ),
    ),
    "too large": (
        lambda client: upload(client, extra_headers={"Content-Length": str(MAX_BYTES + 1)}),
        (413, "The file is too large: at most 512 MB can be uploaded.", "file", None),
    ),
    "download of an input": (
        lambda client: client.files.content(upload(client, purpose="assistants").id),
        (400, "Not allowed to download files of purpose: assistants", None, None),
    ),
    "unknown file": (
        lambda client: client.files.retrieve("fake_id"),
        (404, "No such File object: fake_id", "id", None),
    ),
    "unknown cursor": (
        lambda client: client.files.list(after="file-x"),
        (404, "No such File object: file-x", "id", None),
    ),
}
FORM = {"headers": {"Content-Type": "multipart/form-data; boundary=x"}}


@pytest.mark.parametrize(("call", "told"), REFUSALS.values(), ids=REFUSALS)
def test_a_mistake_gets_its_documented_error(client, call, told):
    with pytest.raises(openai.APIStatusError) as caught:
        call(client)
    error = caught.value
    assert (error.status_code, error.body["message"], error.param, error.code) == told


def test_bytes_that_somebody_took_away_are_told(client):
    file = upload(client, content=secrets.token_bytes(16))  # an id that no other process has
    [kept] = Path(tempfile.gettempdir()).glob(f"local_api-*/{file.id}")
    kept.unlink()
    with pytest.raises(openai.NotFoundError, match=f"bytes of file {file.id} are missing"):
        client.files.content(file.id)
    client.files.delete(file.id)


def test_bytes_are_kept_beside_a_lasting_database(tmp_path: Path):
    from local_api import create_app, lasting_home
    from local_api.http.in_process import client_over
    from local_api.model.recorded import RecordedModel

    def open_client() -> openai.OpenAI:
        app = create_app(lasting_home(tmp_path / "db.sqlite3", RecordedModel([])))
        return openai.OpenAI(api_key="none", base_url="http://local/v1", http_client=client_over(app))

    file = upload(open_client())
    assert open_client().files.content(file.id).read() == b"notes"
