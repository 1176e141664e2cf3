"""Vector stores as clients of the SDK see them: files that are indexed, found, changed and gone."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types import VectorStore
from openai.types.vector_stores import VectorStoreFileBatch

from contract.talks import TUTOR, ask, finish, skip_time, thread_with, tutor
from contract.wire import CheckedTransport, Exchange
from local_api import create_app, lasting_home
from local_api.documents.vector_stores import searched_by
from local_api.model.recorded import RecordedModel

DAY = 86_400
SEA = "The sea is salt because rivers carry minerals into it."
MOON = "The moon has no air, so no sound is heard there."
KOREAN = "바다는 짜다. 강물이 광물을 실어 나르기 때문이다."
STATIC = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 50}}
ONE_DAY = {"anchor": "last_active_at", "days": 1}
SEARCH = [{"type": "file_search"}]


def upload(client: openai.OpenAI, text: str | bytes = SEA, name: str = "sea.txt", **options: Any) -> str:
    """The id of a new file."""
    content = text if isinstance(text, bytes) else text.encode()
    return client.files.create(file=(name, content), purpose="assistants", **options).id


def uploads(client: openai.OpenAI, count: int) -> list[str]:
    """The ids of some files, each with a text of its own."""
    return [upload(client, f"{SEA} Note {number}.", f"note {number:04}.txt") for number in range(count)]


def filled(client: openai.OpenAI, *ids: str, **members: Any) -> VectorStore:
    """A vector store in which these files are indexed; one about the sea unless told otherwise."""
    store = client.vector_stores.create(**members)
    client.vector_stores.file_batches.create_and_poll(store.id, file_ids=ids or (upload(client),))
    return client.vector_stores.retrieve(store.id)


def statuses(client: openai.OpenAI, store: VectorStore) -> dict[str, str]:
    return {file.id: file.status for file in client.vector_stores.files.list(store.id)}


def counts(of: VectorStore | VectorStoreFileBatch) -> dict[str, int]:
    """The counts of files that are not zero."""
    return {status: count for status, count in of.file_counts.to_dict().items() if count}


def found(client: openai.OpenAI, store: VectorStore, query: str = "sea", **options: Any) -> list[str]:
    """The names of the files that a search finds, best first."""
    return [result.filename for result in client.vector_stores.search(store.id, query=query, **options)]


# --- vector stores ---


def test_an_empty_vector_store_is_completed_at_once(client):
    store = client.vector_stores.create()
    assert store.to_dict() == {
        "id": store.id,
        "object": "vector_store",
        "created_at": store.created_at,
        "name": None,
        "description": None,
        "usage_bytes": 0,
        "file_counts": {"in_progress": 0, "completed": 0, "failed": 0, "cancelled": 0, "total": 0},
        "status": "completed",
        "expires_after": None,
        "expires_at": None,
        "last_active_at": store.created_at,
        "metadata": {},
    }
    assert store.id.startswith("vs_")


def test_what_is_told_of_a_vector_store_is_kept_and_can_be_changed(client):
    store = client.vector_stores.create(
        name="Sea", description="About it", metadata={"a": "1", "b": "2"}, expires_after=ONE_DAY
    )
    assert (store.name, store.description, store.metadata) == ("Sea", "About it", {"a": "1", "b": "2"})
    assert store.expires_at == store.created_at + DAY
    changed = client.vector_stores.update(
        store.id, name="Ocean", metadata={"b": "3"}, expires_after={**ONE_DAY, "days": 2}
    )
    assert (changed.name, changed.metadata) == ("Ocean", {"a": "1", "b": "3"})
    assert changed.expires_at == store.created_at + 2 * DAY
    bare = client.vector_stores.update(store.id, name=None, expires_after=None, metadata=None)
    assert (bare.name, bare.metadata, bare.expires_after, bare.expires_at) == (None, {}, None, None)
    assert client.vector_stores.retrieve(store.id) == bare


def test_vector_stores_are_listed_newest_first_and_page_by_page(client):
    made = [client.vector_stores.create(name=str(number)).id for number in range(5)]
    assert [store.id for store in client.vector_stores.list(limit=2)] == made[::-1]
    assert [store.id for store in client.vector_stores.list(order="asc", after=made[1], limit=2).data] == made[2:4]
    assert [store.id for store in client.vector_stores.list(order="asc", before=made[1]).data] == made[:1]


def test_a_deleted_vector_store_is_gone_but_its_files_are_not(client):
    id = upload(client)
    store = filled(client, id)
    assistant = tutor(client, tools=SEARCH, tool_resources={"file_search": {"vector_store_ids": [store.id]}})
    gone = client.vector_stores.delete(store.id)
    assert (gone.id, gone.object, gone.deleted) == (store.id, "vector_store.deleted", True)
    for call in (client.vector_stores.retrieve, client.vector_stores.files.list, client.vector_stores.delete):
        with pytest.raises(openai.NotFoundError, match=f"No vector store found with id '{store.id}'"):
            call(store.id)
    assert client.files.retrieve(id).filename == "sea.txt"
    kept = client.beta.assistants.retrieve(assistant.id)
    assert kept.tool_resources.file_search.vector_store_ids == []


# --- files: one status a look ---


def test_a_file_is_in_progress_until_it_is_looked_at(client):
    store = client.vector_stores.create()
    id = upload(client)
    file = client.vector_stores.files.create(store.id, file_id=id, attributes={"year": 2024, "kept": True})
    assert file.to_dict() == {
        "id": id,
        "object": "vector_store.file",
        "usage_bytes": 0,
        "created_at": file.created_at,
        "vector_store_id": store.id,
        "status": "in_progress",
        "last_error": None,
        "chunking_strategy": {
            "type": "static",
            "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400},
        },
        "attributes": {"year": 2024, "kept": True},
    }
    done = client.vector_stores.files.retrieve(id, vector_store_id=store.id)
    assert done.to_dict() == {**file.to_dict(), "status": "completed", "usage_bytes": len(SEA) + 1024}
    assert client.vector_stores.retrieve(store.id).usage_bytes == len(SEA) + 1024


POLLERS: dict[str, Callable[[Any, str], Any]] = {
    "files.create_and_poll": lambda stores, id: stores.files.create_and_poll(
        upload(stores._client), vector_store_id=id
    ),
    "files.upload_and_poll": lambda stores, id: stores.files.upload_and_poll(vector_store_id=id, file=("a.md", b"# A")),
    "files.upload, then poll": lambda stores, id: stores.files.poll(
        stores.files.upload(vector_store_id=id, file=("a.md", b"# A")).id, vector_store_id=id, max_wait_seconds=5
    ),
    "file_batches.create_and_poll": lambda stores, id: stores.file_batches.create_and_poll(
        id, file_ids=uploads(stores._client, 3)
    ),
    "file_batches.upload_and_poll": lambda stores, id: stores.file_batches.upload_and_poll(
        id, files=[(f"{number}.md", b"# A") for number in range(3)], file_ids=[upload(stores._client)]
    ),
}


@pytest.mark.parametrize("poll", POLLERS.values(), ids=POLLERS)
def test_the_sdks_pollers_come_to_an_end(client, poll):
    assert poll(client.vector_stores, client.vector_stores.create().id).status == "completed"


def test_the_counts_of_a_vector_store_move_from_look_to_look(client):
    store = client.vector_stores.create(file_ids=uploads(client, 3))
    seen = [store]
    while seen[-1].status == "in_progress":
        seen.append(client.vector_stores.retrieve(store.id))
    assert [store.file_counts.in_progress for store in seen] == [3, 2, 1, 0]
    assert seen[-1].file_counts.completed == 3


@pytest.mark.parametrize("strategy", [None, {"type": "auto"}, STATIC])
def test_a_file_is_split_as_told(client, strategy):
    text = " ".join(f"Sentence number {number} is about the sea." for number in range(200))
    options = {} if strategy is None else {"chunking_strategy": strategy}
    store = client.vector_stores.create()
    file = client.vector_stores.files.create_and_poll(upload(client, text), vector_store_id=store.id, **options)
    static = {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400}
    assert file.chunking_strategy.static.to_dict() == (strategy or {}).get("static", static)
    passages = [part.text for part in client.vector_stores.files.content(file.id, vector_store_id=store.id)]
    assert all(passage in text for passage in passages)
    assert passages[0].startswith("Sentence number 0 ") and passages[-1].endswith("number 199 is about the sea.")
    assert len(passages) > (20 if strategy == STATIC else 2)
    assert file.usage_bytes == sum(len(passage) + 1024 for passage in passages)


def test_files_are_listed_by_status_and_page_by_page(client):
    good, bad = uploads(client, 4), upload(client, b"\x89PNG\r\n\x1a\n", "picture.txt")
    store = filled(client, *good, bad)
    files = client.vector_stores.files
    assert [file.id for file in files.list(store.id, order="asc", limit=2)] == [*good, bad]
    assert [file.id for file in files.list(store.id, after=good[2]).data] == good[1::-1]
    assert [file.id for file in files.list(store.id, before=good[2], order="asc").data] == good[:2]
    for status, ids in {"completed": good[::-1], "failed": [bad], "in_progress": [], "cancelled": []}.items():
        assert [file.id for file in files.list(store.id, filter=status)] == ids


def test_attributes_are_replaced(client):
    id = upload(client)
    store = filled(client, id)
    change = client.vector_stores.files.update
    assert change(id, vector_store_id=store.id, attributes={"a": "x", "b": 1.5}).attributes == {"a": "x", "b": 1.5}
    assert change(id, vector_store_id=store.id, attributes={"b": False}).attributes == {"b": False}
    assert client.vector_stores.search(store.id, query="sea").data[0].attributes == {"b": False}
    assert change(id, vector_store_id=store.id, attributes=None).attributes == {}


def test_a_file_that_is_added_again_is_indexed_anew(client):
    id = upload(client)
    store = filled(client, id)
    again = client.vector_stores.files.create(store.id, file_id=id, chunking_strategy=STATIC, attributes={"a": 1})
    assert (again.status, again.attributes) == ("in_progress", {"a": 1})
    assert statuses(client, store) == {id: "completed"}
    assert found(client, store) == ["sea.txt"]


def test_a_file_leaves_one_vector_store_and_stays_in_the_other(client):
    id = upload(client)
    one, other = filled(client, id), filled(client, id)
    gone = client.vector_stores.files.delete(id, vector_store_id=one.id)
    assert (gone.id, gone.object, gone.deleted) == (id, "vector_store.file.deleted", True)
    assert (statuses(client, one), found(client, one)) == ({}, [])
    assert (statuses(client, other), found(client, other)) == ({id: "completed"}, ["sea.txt"])
    assert client.vector_stores.retrieve(one.id).usage_bytes == 0
    with pytest.raises(openai.NotFoundError, match=f"No file found with id '{id}'"):
        client.vector_stores.files.retrieve(id, vector_store_id=one.id)


GONE = {
    "deleted": lambda client, id: client.files.delete(id),
    "expired": lambda client, id: (skip_time(client, 3600), client.files.list()),
    "expired, and nobody looked at it": lambda client, id: skip_time(client, 3600),
}


@pytest.mark.parametrize("go", GONE.values(), ids=GONE)
def test_a_file_that_is_gone_is_gone_from_every_vector_store(client, go):
    kept = upload(client, MOON, "moon.txt")
    id = upload(client, expires_after={"anchor": "created_at", "seconds": 3600})
    one, other = filled(client, id, kept), filled(client, kept, id)
    go(client, id)
    for store in (one, other):
        assert found(client, store, "sea") == []
        assert found(client, store, "moon") == ["moon.txt"]
        assert statuses(client, store) == {kept: "completed"}


@pytest.mark.parametrize("go", GONE.values(), ids=GONE)
def test_a_file_that_is_gone_before_it_is_indexed_is_no_failed_file(client, go):
    id = upload(client, expires_after={"anchor": "created_at", "seconds": 3600})
    store = client.vector_stores.create(file_ids=[id, upload(client, MOON, "moon.txt")])
    go(client, id)
    while client.vector_stores.retrieve(store.id).status == "in_progress":
        pass
    assert [file.status for file in client.vector_stores.files.list(store.id)] == ["completed"]


# --- batches ---

BAD = {
    "table.csv": (b"a,b\n1,2\n", "unsupported_file"),
    "no ending": (b"text", "unsupported_file"),
    "picture.md": (b"\x89PNG\r\n\x1a\n\0\0", "invalid_file"),
    "empty.txt": (b"", "invalid_file"),
    "cut.pdf": (b"%PDF-1.7\nno more", "invalid_file"),
}


@pytest.mark.parametrize("add", ["file_ids", "files", "store"])
def test_files_in_trouble_fail_with_a_reason_and_the_others_go_on(client, add):
    bad = {upload(client, content, name): (name, code) for name, (content, code) in BAD.items()}
    good = [upload(client), upload(client, KOREAN, "바다.md")]
    ids = [good[0], *bad, good[1]]
    if add == "store":
        store = client.vector_stores.create(file_ids=ids)
    else:
        store = client.vector_stores.create()
        given = {"file_ids": ids} if add == "file_ids" else {"files": [{"file_id": id} for id in ids]}
        batch = client.vector_stores.file_batches.create_and_poll(store.id, **given)
        assert (batch.status, counts(batch)) == ("completed", {"completed": 2, "failed": 5, "total": 7})
    found_out = {}
    while client.vector_stores.retrieve(store.id).status == "in_progress":
        pass
    for file in client.vector_stores.files.list(store.id, filter="failed"):
        assert bad[file.id][0] in file.last_error.message
        found_out[file.id] = (bad[file.id][0], file.last_error.code)
    assert found_out == bad
    assert counts(client.vector_stores.retrieve(store.id)) == {"completed": 2, "failed": 5, "total": 7}
    assert found(client, store, "강물이 실어 나르는 것") == ["바다.md"]
    assert list(client.vector_stores.files.content(next(iter(bad)), vector_store_id=store.id)) == []


def test_a_batch_begins_in_progress_and_lists_its_own_files(client):
    store = filled(client)
    ids = uploads(client, 3)
    batch = client.vector_stores.file_batches.create(
        store.id, file_ids=ids, attributes={"a": 1}, chunking_strategy=STATIC
    )
    assert (batch.object, batch.status, counts(batch)) == (
        "vector_store.files_batch", "in_progress", {"in_progress": 3, "total": 3}
    )  # fmt: skip
    batch = client.vector_stores.file_batches.poll(batch.id, vector_store_id=store.id)
    listed = list(
        client.vector_stores.file_batches.list_files(batch.id, vector_store_id=store.id, order="asc", limit=2)
    )
    assert [file.id for file in listed] == ids
    assert {file.attributes["a"] for file in listed} == {1}
    assert {file.chunking_strategy.static.max_chunk_size_tokens for file in listed} == {100}
    assert counts(client.vector_stores.retrieve(store.id)) == {"completed": 4, "total": 4}
    none = client.vector_stores.file_batches.list_files(batch.id, vector_store_id=store.id, filter="failed")
    assert none.data == []


def test_each_of_a_batchs_files_may_have_options_of_its_own(client):
    store = client.vector_stores.create()
    one, other = uploads(client, 2)
    files = [{"file_id": one, "attributes": {"a": "x"}}, {"file_id": other, "chunking_strategy": STATIC}]
    batch = client.vector_stores.file_batches.create_and_poll(store.id, files=files)
    by_id = {file.id: file for file in client.vector_stores.file_batches.list_files(batch.id, vector_store_id=store.id)}
    assert (by_id[one].attributes, by_id[other].attributes) == ({"a": "x"}, {})
    sizes = [by_id[id].chunking_strategy.static.max_chunk_size_tokens for id in (one, other)]
    assert sizes == [800, 100]


def test_a_batch_is_cancelled_as_far_as_it_is_not_done(client):
    store = client.vector_stores.create()
    batch = client.vector_stores.file_batches.create(store.id, file_ids=uploads(client, 3))
    client.vector_stores.file_batches.retrieve(batch.id, vector_store_id=store.id)
    batch = client.vector_stores.file_batches.cancel(batch.id, vector_store_id=store.id)
    assert (batch.status, counts(batch)) == ("cancelled", {"completed": 1, "cancelled": 2, "total": 3})
    assert client.vector_stores.file_batches.poll(batch.id, vector_store_id=store.id) == batch
    assert len(client.vector_stores.files.list(store.id, filter="cancelled").data) == 2
    assert len(found(client, store)) == 1
    assert client.vector_stores.retrieve(store.id).status == "completed"
    with pytest.raises(openai.BadRequestError, match="Cannot cancel vector store file batch with status 'cancelled'"):
        client.vector_stores.file_batches.cancel(batch.id, vector_store_id=store.id)


def test_a_batch_of_a_thousand_files_is_indexed(client):
    store = client.vector_stores.create()
    ids = uploads(client, 1000)
    batch = client.vector_stores.file_batches.create_and_poll(store.id, file_ids=ids)
    assert (batch.status, counts(batch)) == ("completed", {"completed": 1000, "total": 1000})
    assert [file.id for file in client.vector_stores.files.list(store.id, order="asc", limit=100)] == ids
    assert found(client, store, "note 777", max_num_results=1) == ["note 0777.txt"]


def test_uploads_that_end_in_any_order_make_the_same_batch(open_home):
    def upload_some(home: str, order: int) -> tuple:
        client = open_home(name=home)
        store = client.vector_stores.create()
        ids = {name: upload(client, SEA, name) for name in ("a.txt", "b.txt", "c.txt")[::order]}
        batch = client.vector_stores.file_batches.create_and_poll(store.id, file_ids=list(ids.values()))
        return batch.id, [file.id for file in client.vector_stores.files.list(store.id)], ids["a.txt"]

    assert upload_some("one", 1) == upload_some("other", -1)


# --- search ---


@pytest.fixture
def library(client: openai.OpenAI) -> VectorStore:
    """A vector store of three files with attributes; `plain.txt` has none."""
    store = client.vector_stores.create()
    for name, attributes in {
        "old.txt": {"year": 2019, "lang": "en", "draft": False},
        "new.txt": {"year": 2024.5, "lang": "ko", "draft": True},
        "plain.txt": {},
    }.items():
        file = upload(client, SEA, name)
        client.vector_stores.files.create_and_poll(file, vector_store_id=store.id, attributes=attributes)
    return store


def compare(type: str, key: str, value: Any) -> dict:
    return {"type": type, "key": key, "value": value}


OLD, NEW, PLAIN = "old.txt", "new.txt", "plain.txt"
FILTERS = [
    (compare("eq", "lang", "en"), {OLD}),
    (compare("ne", "lang", "en"), {NEW, PLAIN}),
    (compare("eq", "year", 2019), {OLD}),
    (compare("eq", "year", 2019.0), {OLD}),
    (compare("eq", "year", "2019"), set()),
    (compare("gt", "year", 2019), {NEW}),
    (compare("gte", "year", 2019), {OLD, NEW}),
    (compare("lt", "year", 2024.5), {OLD}),
    (compare("lte", "year", 2024.5), {OLD, NEW}),
    (compare("gt", "lang", "en"), {NEW}),
    (compare("gt", "lang", 5), set()),
    (compare("eq", "draft", True), {NEW}),
    (compare("eq", "draft", 1), set()),
    (compare("eq", "nowhere", "x"), set()),
    (compare("in", "lang", ["ko", "ja"]), {NEW}),
    (compare("in", "year", [2019, 2020]), {OLD}),
    (compare("in", "lang", []), set()),
    (compare("nin", "lang", ["ko", "ja"]), {OLD, PLAIN}),
    ({"type": "and", "filters": [compare("gt", "year", 2000), compare("eq", "lang", "ko")]}, {NEW}),
    ({"type": "or", "filters": [compare("eq", "lang", "en"), compare("eq", "lang", "ko")]}, {OLD, NEW}),
    ({"type": "and", "filters": [
        {"type": "or", "filters": [compare("eq", "lang", "en"), compare("eq", "lang", "ko")]},
        compare("ne", "draft", True),
    ]}, {OLD}),
    ({"type": "and", "filters": []}, {OLD, NEW, PLAIN}),
    ({"type": "or", "filters": []}, set()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "names"), FILTERS, ids=lambda part: str(part if isinstance(part, dict) else sorted(part))
)
def test_a_search_is_narrowed_by_attributes(client, library, filters, names):
    assert set(found(client, library, filters=filters)) == names


def test_a_search_tells_what_was_found_where(client):
    store = filled(client, upload(client), upload(client, MOON, "moon.txt"), upload(client, KOREAN, "바다.md"))
    page = client.vector_stores.search(store.id, query="Why is the sea salt?", rewrite_query=True)
    best = page.data[0]
    assert (best.filename, best.content[0].text, best.attributes) == ("sea.txt", SEA, {})
    assert 0 < best.score <= 1
    assert (page.model_extra["search_query"], page.model_extra["has_more"]) == (["Why is the sea salt?"], False)
    assert found(client, store, "달에는 공기가 없다") == []
    assert found(client, store, "바다가 짠 까닭")[:1] == ["바다.md"]


def test_a_search_has_queries_limits_and_a_threshold(client):
    store = filled(client, upload(client), upload(client, MOON, "moon.txt"))
    assert set(found(client, store, ["sea", "moon"])) == {"sea.txt", "moon.txt"}
    assert len(found(client, store, ["sea", "moon"], max_num_results=1)) == 1
    assert found(client, store, "sea rivers", ranking_options={"score_threshold": 1.0}) == []
    assert found(client, store, "sea", ranking_options={"ranker": "auto", "score_threshold": 0}) == ["sea.txt"]
    assert found(client, store, "") == []


def test_a_search_looks_at_files_that_are_still_in_progress(client):
    assert found(client, client.vector_stores.create(file_ids=[upload(client)])) == ["sea.txt"]


# --- expiry ---


def expired(client: openai.OpenAI, **members: Any) -> VectorStore:
    store = filled(client, expires_after=ONE_DAY, **members)
    skip_time(client, DAY)
    return store


def test_a_vector_store_expires(client):
    store = filled(client, expires_after=ONE_DAY)
    skip_time(client, store.expires_at - int(client.files.create(file=b"x", purpose="batch").created_at) - 1)
    assert client.vector_stores.retrieve(store.id).status == "completed"
    skip_time(client, 1)
    gone = client.vector_stores.retrieve(store.id)
    assert gone.to_dict() == {**store.to_dict(), "status": "expired"}
    assert client.vector_stores.list().data == [gone]


USES: dict[str, Callable[[openai.OpenAI, str, str], object]] = {
    "search": lambda client, id, file: client.vector_stores.search(id, query="sea"),
    "update": lambda client, id, file: client.vector_stores.update(id, name="x"),
    "files.create": lambda client, id, file: client.vector_stores.files.create(id, file_id=file),
    "files.update": lambda client, id, file: client.vector_stores.files.update(file, vector_store_id=id, attributes={}),
    "files.content": lambda client, id, file: client.vector_stores.files.content(file, vector_store_id=id),
    "file_batches.create": lambda client, id, file: client.vector_stores.file_batches.create(id, file_ids=[file]),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_an_expired_vector_store_is_of_no_more_use(client, use):
    id = upload(client)
    store = expired(client)
    with pytest.raises(openai.BadRequestError) as caught:
        use(client, store.id, id)
    assert caught.value.body["message"] == f"Vector store '{store.id}' has expired"


def test_an_expired_vector_store_can_be_looked_at_and_replaced(client):
    store = expired(client)
    ids = list(statuses(client, store))
    fresh = client.vector_stores.create(name="again")
    batch = client.vector_stores.file_batches.create_and_poll(fresh.id, file_ids=ids)
    assert counts(batch) == {"completed": 1, "total": 1}
    assert client.vector_stores.delete(store.id).deleted


@pytest.mark.parametrize("owner", ["assistant", "thread"])
def test_a_run_on_an_expired_vector_store_is_refused(client, owner):
    store = filled(client, expires_after=ONE_DAY)
    resources = {"tool_resources": {"file_search": {"vector_store_ids": [store.id]}}}
    assistant = tutor(client, tools=SEARCH, **(resources if owner == "assistant" else {}))
    thread = client.beta.threads.create(
        messages=[{"role": "user", "content": "hi"}], **(resources if owner == "thread" else {})
    )
    skip_time(client, DAY)
    with pytest.raises(openai.BadRequestError) as caught:
        client.beta.threads.runs.create(thread.id, assistant_id=assistant.id)
    assert caught.value.body["message"] == f"Vector store {store.id} is expired"
    assert client.beta.threads.runs.list(thread.id).data == []
    if owner == "thread":
        client.beta.threads.update(thread.id, tool_resources={"file_search": {"vector_store_ids": []}})
        client.beta.threads.runs.create(thread.id, assistant_id=assistant.id)


def test_a_run_keeps_its_vector_stores_alive(client):
    stores = [filled(client, expires_after=ONE_DAY) for _ in range(2)]
    of_assistant, of_thread = ({"file_search": {"vector_store_ids": [store.id]}} for store in stores)
    assistant = tutor(client, tool_resources=of_assistant)
    thread = client.beta.threads.create(tool_resources=of_thread)
    skip_time(client, DAY - 100)
    run = ask(client, thread, assistant, "hi")
    skip_time(client, DAY - 100)
    for store in stores:
        now = client.vector_stores.retrieve(store.id)
        assert (now.status, now.last_active_at, now.expires_at) == ("completed", run.created_at, run.created_at + DAY)


def test_an_earlier_run_does_not_bring_a_vector_stores_expiry_forward(client):
    # Each conversation of a recorded lesson has a clock of its own, so a later run may bear an earlier time.
    early = client.beta.threads.create()
    store = filled(client, *uploads(client, 5), expires_after=ONE_DAY)
    assistant = tutor(client, tool_resources={"file_search": {"vector_store_ids": [store.id]}})
    latest = ask(client, client.beta.threads.create(), assistant, "hi")
    assert ask(client, early, assistant, "hi").created_at < latest.created_at
    now = client.vector_stores.retrieve(store.id)
    assert (now.last_active_at, now.expires_at) == (latest.created_at, latest.created_at + DAY)


# --- assistants, threads and messages that have vector stores ---


def attachment(*ids: str) -> list[dict]:
    return [{"file_id": id, "tools": SEARCH} for id in ids]


def store_of(client: openai.OpenAI, owner: Any) -> VectorStore:
    """The one vector store of an assistant or thread."""
    [id] = owner.tool_resources.file_search.vector_store_ids
    return client.vector_stores.retrieve(id)


def test_attachments_make_the_threads_own_vector_store(client):
    one, two, three = uploads(client, 3)
    message = {"role": "user", "content": "hi", "attachments": attachment(one, one)}
    thread = client.beta.threads.create(messages=[message])
    store = store_of(client, thread)
    assert store.expires_after.to_dict() == {"anchor": "last_active_at", "days": 7}
    assert statuses(client, store) == {one: "completed"}
    both = [{"file_id": two, "tools": [*SEARCH, {"type": "code_interpreter"}]}]
    said = client.beta.threads.messages.create(thread.id, role="user", content="hi", attachments=both)
    assert [item.to_dict() for item in said.attachments] == both
    tutor_id = tutor(client).id
    more = [{"role": "user", "content": "hi", "attachments": attachment(one, three)}]
    finish(client, client.beta.threads.runs.create(thread.id, assistant_id=tutor_id, additional_messages=more))
    thread = client.beta.threads.retrieve(thread.id)
    assert store_of(client, thread).id == store.id
    assert thread.tool_resources.code_interpreter.file_ids == [two]
    assert statuses(client, store) == dict.fromkeys((one, two, three), "completed")


def test_an_attachment_goes_into_the_vector_store_that_the_thread_has(client):
    store = filled(client)
    thread = client.beta.threads.create(tool_resources={"file_search": {"vector_store_ids": [store.id]}})
    id = upload(client, MOON, "moon.txt")
    client.beta.threads.messages.create(thread.id, role="user", content="hi", attachments=attachment(id))
    assert id in statuses(client, store)
    client.vector_stores.delete(store.id)
    client.beta.threads.messages.create(thread.id, role="user", content="hi", attachments=attachment(id))
    assert statuses(client, store_of(client, client.beta.threads.retrieve(thread.id))) == {id: "completed"}


MAKERS: dict[str, Callable[..., Any]] = {
    "assistant": lambda client, resources: tutor(client, tool_resources=resources),
    "thread": lambda client, resources: client.beta.threads.create(tool_resources=resources),
    "thread of create_and_run": lambda client, resources: client.beta.threads.retrieve(
        client.beta.threads.create_and_run(
            assistant_id=tutor(client).id, thread={"tool_resources": resources}, instructions=TUTOR
        ).thread_id
    ),
}


@pytest.mark.parametrize("owner", MAKERS)
def test_a_vector_store_can_be_made_with_its_owner(client, owner):
    id, bad = upload(client), upload(client, name="table.csv")
    helper = {"file_ids": [id, bad], "chunking_strategy": STATIC, "metadata": {"a": "b"}}
    made = MAKERS[owner](client, {"file_search": {"vector_stores": [helper]}})
    assert made.to_dict()["tool_resources"] == {
        "file_search": {"vector_store_ids": made.tool_resources.file_search.vector_store_ids}
    }
    store = store_of(client, made)
    assert store.metadata == {"a": "b"}
    assert (store.expires_after.days if store.expires_after else None) == (None if owner == "assistant" else 7)
    files = {file.id: file for file in client.vector_stores.files.list(store.id)}
    client.vector_stores.retrieve(store.id)
    assert files[id].chunking_strategy.static.max_chunk_size_tokens == 100
    assert statuses(client, store) == {id: "completed", bad: "failed"}


# --- refusals ---

VS, BATCH, FILE = "vs_000000000000000000000000", "vsfb_000000000000000000000000", "file-000000000000000000000000"
NO_STORE = (404, f"No vector store found with id '{VS}'.", None, None)
NO_BATCH = (404, f"No vector store file batch found with id '{BATCH}'.", None, None)
NOT_IN_STORE = (404, f"No file found with id '{FILE}'", None, None)
NO_FILE = (404, f"No such File object: {FILE}", "id", None)
UNSUPPORTED = "Files with extensions [{}] are not supported for retrieval. See https://platform.openai.com/docs/assistants/tools/file-search/supported-files"


def unsupported(ending: str) -> tuple:
    return (400, UNSUPPORTED.format(ending), "file_ids", "unsupported_file")


def invalid(param: str, message: str, code: str = "invalid_value") -> tuple:
    return (400, f"Invalid '{param}': {message}", param, code)


def lacking(param: str) -> tuple:
    return (400, f"Missing required parameter: '{param}'.", param, "missing_required_parameter")


def unknown(param: str) -> tuple:
    return (400, f"Unknown parameter: '{param}'.", param, "unknown_parameter")


def malformed(param: str, prefix: str) -> tuple:
    return invalid(param, f"'undefined'. Expected an ID that begins with '{prefix}'.")


def static(size: int, overlap: int) -> dict:
    return {"type": "static", "static": {"max_chunk_size_tokens": size, "chunk_overlap_tokens": overlap}}


def out_of_range(param: str, where: str, limit: str, got: object, kind: str = "integer") -> tuple:
    side = {"above maximum": "above_max", "below minimum": "below_min"}[where]
    message = f"{kind} {where} value. Expected a value {limit}, but got {got} instead."
    return invalid(param, message, f"{kind}_{side}_value")


RESOURCES = "tool_resources.file_search"
REFUSALS: dict[str, tuple[Callable[[openai.OpenAI, str], object], tuple]] = {
    "store: unknown": (lambda c, id: c.vector_stores.retrieve(VS), NO_STORE),
    "store: unknown, files": (lambda c, id: c.vector_stores.files.list(VS), NO_STORE),
    "store: unknown, search": (lambda c, id: c.vector_stores.search(VS, query="x"), NO_STORE),
    "store: unknown, update": (lambda c, id: c.vector_stores.update(VS, name="x"), NO_STORE),
    "store: malformed": (lambda c, id: c.vector_stores.retrieve("undefined"), malformed("vector_store_id", "vs")),
    "store: unknown cursor": (lambda c, id: c.vector_stores.list(after=VS), NO_STORE),
    "store: unknown file": (lambda c, id: c.vector_stores.create(file_ids=[FILE]), NO_FILE),
    "store: unknown field": (lambda c, id: c.vector_stores.create(extra_body={"x": 1}), unknown("x")),
    "store: zero days": (
        lambda c, id: c.vector_stores.create(expires_after={"anchor": "last_active_at", "days": 0}),
        out_of_range("expires_after.days", "below minimum", ">= 1", 0),
    ),
    "store: too many days": (
        lambda c, id: c.vector_stores.create(expires_after={"anchor": "last_active_at", "days": 366}),
        out_of_range("expires_after.days", "above maximum", "<= 365", 366),
    ),
    "store: other anchor": (
        lambda c, id: c.vector_stores.create(expires_after={"anchor": "created_at", "days": 1}),
        (400, "Invalid value: 'created_at'. Supported values are: 'last_active_at'.", "expires_after.anchor",
         "invalid_value"),
    ),
    "chunks: too small": (
        lambda c, id: c.vector_stores.create(chunking_strategy=static(99, 0)),
        out_of_range("chunking_strategy.static.max_chunk_size_tokens", "below minimum", ">= 100", 99),
    ),
    "chunks: too large": (
        lambda c, id: c.vector_stores.create(chunking_strategy=static(4097, 0)),
        out_of_range("chunking_strategy.static.max_chunk_size_tokens", "above maximum", "<= 4096", 4097),
    ),
    "chunks: too much overlap": (
        lambda c, id: c.vector_stores.create(chunking_strategy=static(301, 151)),
        out_of_range("chunking_strategy.static.chunk_overlap_tokens", "above maximum", "<= 150", 151),
    ),
    "chunks: unknown strategy": (
        lambda c, id: c.vector_stores.create(chunking_strategy={"type": "other"}),
        (400, "Invalid value: 'other'. Supported values are: 'auto' and 'static'.", "chunking_strategy.type",
         "invalid_value"),
    ),
    "file: not in the store": (lambda c, id: c.vector_stores.files.retrieve(FILE, vector_store_id=id), NOT_IN_STORE),
    "file: not there to update": (
        lambda c, id: c.vector_stores.files.update(FILE, vector_store_id=id, attributes={}), NOT_IN_STORE
    ),
    "file: not there to delete": (lambda c, id: c.vector_stores.files.delete(FILE, vector_store_id=id), NOT_IN_STORE),
    "file: no content": (lambda c, id: c.vector_stores.files.content(FILE, vector_store_id=id), NOT_IN_STORE),
    "file: unknown cursor": (lambda c, id: c.vector_stores.files.list(id, after=FILE), NOT_IN_STORE),
    "file: unknown": (lambda c, id: c.vector_stores.files.create(id, file_id=FILE), NO_FILE),
    "file: csv": (
        lambda c, id: c.vector_stores.files.create(id, file_id=upload(c, name="data.CSV")), unsupported(".csv")
    ),
    "file: no ending": (
        lambda c, id: c.vector_stores.files.create(id, file_id=upload(c, name="x")), unsupported("none")
    ),
    "file: unknown filter": (
        lambda c, id: c.vector_stores.files.list(id, filter="done"),
        (400, "Invalid value: 'done'. Supported values are: 'in_progress', 'completed', 'failed', and 'cancelled'.",
         "filter", "invalid_value"),
    ),
    "attributes: missing": (
        lambda c, id: c.post(f"/vector_stores/{id}/files/{upload(c)}", body={}, cast_to=object), lacking("attributes")
    ),
    "attributes: no value": (
        lambda c, id: c.vector_stores.files.create(id, file_id=upload(c), attributes={"a": ["x"]}),
        (400, "Invalid type for 'attributes.a': expected a string, but got an array instead.", "attributes.a",
         "invalid_type"),
    ),
    "attributes: too long": (
        lambda c, id: c.vector_stores.files.create(id, file_id=upload(c), attributes={"a": "x" * 513}),
        invalid("attributes.a", "string too long. Expected a string with maximum length 512, but got a string with "
                "length 513 instead.", "string_above_max_length"),
    ),
    "attributes: too many": (
        lambda c, id: c.vector_stores.files.create(id, file_id=upload(c), attributes={str(n): n for n in range(17)}),
        invalid("attributes", "too many properties. Expected an object with maximum properties 16, but got an object "
                "with properties 17 instead.", "object_above_max_properties"),
    ),
    "batch: unknown": (lambda c, id: c.vector_stores.file_batches.retrieve(BATCH, vector_store_id=id), NO_BATCH),
    "batch: malformed": (
        lambda c, id: c.vector_stores.file_batches.retrieve("undefined", vector_store_id=id),
        malformed("batch_id", "vsfb"),
    ),
    "batch: unknown to cancel": (
        lambda c, id: c.vector_stores.file_batches.cancel(BATCH, vector_store_id=id), NO_BATCH
    ),
    "batch: unknown file": (lambda c, id: c.vector_stores.file_batches.create(id, file_ids=[FILE]), NO_FILE),
    "batch: nothing": (lambda c, id: c.vector_stores.file_batches.create(id), lacking("file_ids")),
    "batch: no files": (
        lambda c, id: c.vector_stores.file_batches.create(id, file_ids=[]),
        invalid("file_ids", "empty array. Expected an array with minimum length 1, but got an empty array instead.",
                "empty_array"),
    ),
    "batch: too many files": (
        lambda c, id: c.vector_stores.file_batches.create(id, file_ids=[FILE] * 2001),
        invalid("file_ids", "array too long. Expected an array with maximum length 2000, but got an array with length "
                "2001 instead.", "array_above_max_length"),
    ),
    "batch: both": (
        lambda c, id: c.vector_stores.file_batches.create(id, file_ids=[FILE], files=[{"file_id": FILE}]),
        invalid("files", "give either 'file_ids' or 'files', not both."),
    ),
    "search: no query": (
        lambda c, id: c.post(f"/vector_stores/{id}/search", body={}, cast_to=object), lacking("query")
    ),
    "search: too many results": (
        lambda c, id: c.vector_stores.search(id, query="x", max_num_results=51),
        out_of_range("max_num_results", "above maximum", "<= 50", 51),
    ),
    "search: impossible threshold": (
        lambda c, id: c.vector_stores.search(id, query="x", ranking_options={"score_threshold": 1.5}),
        out_of_range("ranking_options.score_threshold", "above maximum", "<= 1", 1.5, "decimal"),
    ),
    "filter: unknown": (
        lambda c, id: c.vector_stores.search(id, query="x", filters=compare("like", "a", "b")),
        (400, "Invalid value: 'like'. Supported values are: 'eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'nin', 'and', "
         "and 'or'.", "filters.type", "invalid_value"),
    ),
    "filter: unknown inside": (
        lambda c, id: c.vector_stores.search(id, query="x", filters={"type": "and", "filters": [compare("~", "a", 1)]}),
        (400, "Invalid value: '~'. Supported values are: 'eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'nin', 'and', "
         "and 'or'.", "filters.filters[0].type", "invalid_value"),
    ),
    "filter: no list": (
        lambda c, id: c.vector_stores.search(id, query="x", filters=compare("in", "a", "b")),
        (400, "Invalid type for 'filters.value': expected an array, but got a string instead.", "filters.value",
         "invalid_type"),
    ),
    "filter: a list": (
        lambda c, id: c.vector_stores.search(id, query="x", filters=compare("eq", "a", ["b"])),
        (400, "Invalid type for 'filters.value': expected a string, but got an array instead.", "filters.value",
         "invalid_type"),
    ),
    "filter: no key": (
        lambda c, id: c.vector_stores.search(id, query="x", filters={"type": "eq", "value": 1}), lacking("filters.key")
    ),
    "assistant: unknown store": (
        lambda c, id: tutor(c, tool_resources={"file_search": {"vector_store_ids": [VS]}}), NO_STORE
    ),
    "assistant: unknown store in update": (
        lambda c, id: c.beta.assistants.update(
            tutor(c).id, tool_resources={"file_search": {"vector_store_ids": [VS]}}), NO_STORE
    ),
    "assistant: malformed": (
        lambda c, id: tutor(c, tool_resources={"file_search": {"vector_store_ids": ["undefined"]}}),
        malformed(f"{RESOURCES}.vector_store_ids", "vs"),
    ),
    "assistant: two stores": (
        lambda c, id: tutor(c, tool_resources={"file_search": {"vector_store_ids": [id, id]}}),
        invalid(f"{RESOURCES}.vector_store_ids", "array too long. Expected an array with maximum length 1, but got an "
                "array with length 2 instead.", "array_above_max_length"),
    ),
    "assistant: both ways": (
        lambda c, id: tutor(c, tool_resources={"file_search": {"vector_store_ids": [id], "vector_stores": [{}]}}),
        invalid(f"{RESOURCES}.vector_stores", "give either 'vector_store_ids' or 'vector_stores', not both."),
    ),
    "assistant: helper in update": (
        lambda c, id: c.beta.assistants.update(tutor(c).id, tool_resources={"file_search": {"vector_stores": [{}]}}),
        unknown(f"{RESOURCES}.vector_stores"),
    ),
    "thread: helper in update": (
        lambda c, id: c.beta.threads.update(
            thread_with(c).id, tool_resources={"file_search": {"vector_stores": [{}]}}),
        unknown(f"{RESOURCES}.vector_stores"),
    ),
    "thread: unknown store": (
        lambda c, id: c.beta.threads.create(tool_resources={"file_search": {"vector_store_ids": [VS]}}), NO_STORE
    ),
    "thread: unknown file in helper": (
        lambda c, id: c.beta.threads.create(tool_resources={"file_search": {"vector_stores": [{"file_ids": [FILE]}]}}),
        NO_FILE,
    ),
    "run: unknown store": (
        lambda c, id: c.beta.threads.create_and_run(
            assistant_id=tutor(c).id, tool_resources={"file_search": {"vector_store_ids": [VS]}}), NO_STORE
    ),
    "v1: retrieval": (
        lambda c, id: tutor(c, tools=[{"type": "retrieval"}]),
        (400, "Invalid value: 'retrieval'. Supported values are: 'code_interpreter', 'function', and 'file_search'.",
         "tools[0].type", "invalid_value"),
    ),
    "v1: file_ids": (lambda c, id: tutor(c, extra_body={"file_ids": [FILE]}), unknown("file_ids")),
    "file_ids in tool_resources": (
        lambda c, id: tutor(c, tool_resources={"file_search": {"file_ids": [FILE]}}), unknown(f"{RESOURCES}.file_ids")
    ),
    "attachment: csv": (
        lambda c, id: c.beta.threads.create(
            messages=[{"role": "user", "content": "x", "attachments": attachment(upload(c, name="a.csv"))}]
        ),
        unsupported(".csv"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("call", "told"), REFUSALS.values(), ids=REFUSALS)
def test_a_mistake_gets_its_error(client, call, told):
    store = client.vector_stores.create()
    with pytest.raises(openai.APIStatusError) as caught:
        call(client, store.id)
    error = caught.value
    assert (error.status_code, error.body["message"], error.param, error.code) == told


ODD_JSON = {
    "a number without end": ("files", b'{"file_id": "%s", "attributes": {"a": 1e999}}'),
    "a filter for it": ("search", b'{"query": "%s", "filters": {"type": "gt", "key": "a", "value": -1e999}}'),
    "a filter in a filter": (
        "search", b'{"query": "%s", "filters": ' + b'{"type": "and", "filters": [' * 400 + b"]}" * 400 + b"}"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("path", "body"), ODD_JSON.values(), ids=ODD_JSON)
def test_json_that_no_answer_could_hold_is_refused(client, path, body):
    store, id = client.vector_stores.create(), upload(client)
    with pytest.raises(openai.BadRequestError):
        client.post(f"/vector_stores/{store.id}/{path}", content=body % id.encode(), cast_to=object)


def test_what_is_refused_leaves_nothing_behind(client):
    good = upload(client)
    for call in (
        lambda: client.vector_stores.create(file_ids=[good, FILE]),
        lambda: tutor(client, tool_resources={"file_search": {"vector_stores": [{"file_ids": [good, FILE]}]}}),
        lambda: client.beta.threads.create(
            messages=[{"role": "user", "content": "x", "attachments": attachment(good, upload(client, name="a.csv"))}]
        ),
    ):
        with pytest.raises(openai.APIStatusError):
            call()
    assert client.vector_stores.list().data == []
    assert client.beta.assistants.list().data == []


# --- what a run's tool asks of them, and a lasting home ---


@pytest.fixture
def open_lasting(tmp_path: Path, wire: list[Exchange]) -> Iterator[Callable[[], openai.OpenAI]]:
    """A function that gives a client of a new lasting home over the test's one database."""
    clients = []

    def open_() -> openai.OpenAI:
        app = create_app(lasting_home(tmp_path / "db.sqlite3", RecordedModel([])))
        http = openai.DefaultHttpxClient(transport=CheckedTransport(app, wire))
        clients.append(openai.OpenAI(api_key="none", base_url="http://local/v1", http_client=http))
        return clients[-1]

    yield open_
    for client in clients:
        client.close()


def test_a_lasting_home_indexes_whether_anybody_looks_or_not(open_lasting):
    client, other = open_lasting(), open_lasting()
    ids = uploads(client, 20)
    store = client.vector_stores.create()
    batch = client.vector_stores.file_batches.create_and_poll(store.id, file_ids=[*ids, upload(client, b"", "no.txt")])
    assert counts(batch) == {"completed": 20, "failed": 1, "total": 21}
    assert found(other, store, "note 17", max_num_results=1) == ["note 0017.txt"]
    client.files.delete(ids[17])
    assert "note 0017.txt" not in found(other, store, "note 17")


def test_a_run_has_its_own_and_its_threads_vector_store_with_all_files_indexed(tmp_path: Path):
    home = lasting_home(tmp_path / "db.sqlite3", RecordedModel([]))
    text = io.BytesIO(SEA.encode())
    files = [home.files.upload(f"{number}.txt", text, "assistants")["id"] for number in range(40)]
    one, other, third = (home.vector_stores.create({"file_ids": files}) for _ in range(3))

    def resources(store: dict) -> dict:
        return {"tool_resources": {"file_search": {"vector_store_ids": [store["id"]]}}}

    assistant = home.assistants.create({"model": "m", **resources(one)})
    thread = home.threads.create(resources(other))
    assert searched_by({"tool_resources": {}}, assistant, thread) == [one["id"], other["id"]]
    assert searched_by(resources(third), assistant, thread) == [third["id"], other["id"]]
    assert searched_by(resources(third), None, {"tool_resources": {}}) == [third["id"]]
    home.vector_stores.wait_for([one["id"], other["id"], third["id"]])
    for store in (one, other, third):
        assert home.vector_stores.retrieve(store["id"])["status"] == "completed"
