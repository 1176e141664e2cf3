"""The store of objects: what it keeps, how a list is paged, and what is atomic."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_api.storage.store import Page, Store, UnknownCursor


@pytest.fixture
def store() -> Iterator[Store]:
    opened = Store()
    yield opened
    opened.close()


def insert(store: Store, *ids: str, parent: str = "", kind: str = "note", created_at: int = 1, **members: str) -> None:
    for id in ids:
        store.insert(kind, {"id": id, "created_at": created_at, **members}, parent)


def ids(page: Page) -> str:
    return "".join(body["id"] for body in page.data)


# --- objects ---


def test_an_object_is_found_by_kind_id_and_parent_only(store: Store) -> None:
    insert(store, "list")
    insert(store, "a", parent="list", text="한글")
    assert store.get("note", "a", "list") == {"id": "a", "created_at": 1, "text": "한글"}
    assert [store.get(*other) for other in [("note", "a"), ("file", "a", "list"), ("note", "b", "list")]] == [None] * 3


def test_an_object_whose_parent_is_gone_is_not_stored(store: Store) -> None:
    insert(store, "a", parent="nothing")
    assert store.get("note", "a", "nothing") is None


def test_a_change_to_a_deleted_object_does_not_bring_it_back(store: Store) -> None:
    insert(store, "a")
    store.delete("a")
    store.put({"id": "a", "created_at": 1})
    store.put_work("a", {"turn": 1})
    assert (store.get("note", "a"), store.get_work("a")) == (None, {})


def test_deleting_an_object_deletes_everything_below_it_and_nothing_else(store: Store) -> None:
    insert(store, "top", "other")
    insert(store, "middle", parent="top")
    insert(store, "bottom", parent="middle")
    insert(store, "leaf", parent="other")
    store.delete("top")
    left = [("note", "top"), ("note", "middle", "top"), ("note", "bottom", "middle")]
    assert [store.get(*place) for place in left] == [None] * 3
    assert store.get("note", "other") and store.get("note", "leaf", "other")


def test_work_is_kept_beside_the_body(store: Store) -> None:
    store.insert("run", {"id": "a", "created_at": 1}, work={"turn": 1})
    store.put({"id": "a", "created_at": 1, "status": "queued"})
    assert store.get_work("a") == {"turn": 1}
    store.put_work("a", {"turn": 2})
    assert (store.get("run", "a"), store.get_work("a")) == (
        {"id": "a", "created_at": 1, "status": "queued"},
        {"turn": 2},
    )


def test_one_id_can_be_in_several_lists_under_keys_of_their_own(store: Store) -> None:
    for key in ("a/1", "a/2", "b/1"):
        store.insert("member", {"id": "a", "created_at": 1, "key": key}, key=key)
    store.put({"id": "a", "created_at": 1, "key": "changed"}, key="a/2")
    assert [body["key"] for body in store.keyed("member", "a/")] == ["a/1", "changed"]


def test_the_newest_is_what_was_inserted_last_whatever_the_clock_said(store: Store) -> None:
    insert(store, "a", created_at=9)
    insert(store, "b", created_at=3)
    newest = store.newest("note", "")
    assert newest and newest["id"] == "b"


def test_mentioning_finds_text_anywhere_in_a_body(store: Store) -> None:
    insert(store, "a", text="file-1")
    insert(store, "b", text="file-2")
    insert(store, "c", kind="other", text="file-1")
    assert [body["id"] for body in store.mentioning("file-1", ("note", "run"))] == ["a"]


def test_a_tally_counts_and_sums_by_a_members_value(store: Store) -> None:
    for id, status, size in [("a", "done", 3), ("b", "done", 4), ("c", "failed", 5)]:
        store.insert("file", {"id": id, "created_at": 1, "status": status, "size": size})
    assert store.tally("file", "", "status", "size") == {"done": (2, 7), "failed": (1, 5)}
    assert store.tally("file", "", "status", "size", {"id": "b"}) == {"done": (1, 4)}


# --- pages ---

PAGES = {
    "newest first": ({}, "dcba", False),
    "oldest first": ({"order": "asc"}, "abcd", False),
    "a full page": ({"limit": 4}, "dcba", False),
    "first page": ({"limit": 3}, "dcb", True),
    "after": ({"limit": 2, "after": "d"}, "cb", True),
    "after, oldest first": ({"order": "asc", "after": "b"}, "cd", False),
    "after the last": ({"after": "a"}, "", False),
    "before: the page that ends there": ({"limit": 2, "before": "a"}, "cb", True),
    "before, oldest first": ({"order": "asc", "limit": 2, "before": "d"}, "bc", True),
    "between": ({"after": "d", "before": "a"}, "cb", False),
    "all": ({"limit": None}, "dcba", False),
}


@pytest.mark.parametrize("asked", PAGES)
def test_a_page_of_a_list(store: Store, asked: str) -> None:
    insert(store, "x", created_at=5)
    insert(store, "a", "b", "c", "d", kind="item", created_at=5)  # one second: the order of insertion decides
    options, expected, has_more = PAGES[asked]
    page = store.page("item", **options)
    assert (ids(page), page.has_more) == (expected, has_more)


def test_a_page_is_in_order_of_insertion_whatever_the_time(store: Store) -> None:
    for id, created_at in [("a", 2), ("b", 1), ("c", 2)]:
        insert(store, id, created_at=created_at)
    assert ids(store.page("note", order="asc")) == "abc"


def test_a_page_of_matching_objects(store: Store) -> None:
    for number, (id, batch) in enumerate(zip("abcd", itertools.cycle(("one", "two")))):
        store.insert("item", {"id": id, "created_at": number, "even": str(number % 2)}, work={"batch": batch})
    assert ids(store.page("item", match={"work.batch": "one"})) == "ca"
    assert ids(store.page("item", match={"even": "1", "work.batch": "two"}, after="d")) == "b"
    assert ids(store.page("item", match={"even": "0", "work.batch": "two"})) == ""


@pytest.mark.parametrize("cursor", ["after", "before"])
@pytest.mark.parametrize("id", ["never", "elsewhere"])
def test_a_cursor_must_be_in_the_list(store: Store, cursor: str, id: str) -> None:
    insert(store, "list", "elsewhere")
    insert(store, "a", parent="list")
    with pytest.raises(UnknownCursor):
        store.page("note", "list", **{cursor: id})


# --- transactions ---


def test_a_transaction_that_fails_changes_nothing_nor_does_one_inside_it(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        with store.transaction():
            insert(store, "a")
        raise ZeroDivisionError
    assert store.get("note", "a") is None
    insert(store, "b")
    assert store.get("note", "b")


def test_a_snapshot_is_of_one_moment(tmp_path: Path) -> None:
    reader, writer = (Store(tmp_path / "db") for _ in range(2))
    insert(writer, "a")
    with reader.snapshot():
        assert ids(reader.page("note")) == "a"
        insert(writer, "b")
        assert ids(reader.page("note")) == "a"
    assert ids(reader.page("note")) == "ba"
    reader.close()
    writer.close()


# --- leases ---


def test_a_lease_belongs_to_its_owner(store: Store) -> None:
    store.lease("run", "one", until=5.0)
    store.renew_leases(["two"], 9.0)
    store.release("run", "two")
    assert store.leased_until("run") == 5.0
    store.renew_leases(["one"], 9.0)
    assert store.leased_until("run") == 9.0
    store.release("run", "one")
    assert store.leased_until("run") == 0.0
