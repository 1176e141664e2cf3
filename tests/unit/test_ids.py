"""Ids: random ones as OpenAI's service had them, and derived ones that are the same on every machine."""

from __future__ import annotations

import re

import pytest

from local_api.storage.ids import PREFIXES, DerivedIds, RandomIds, derived_id

REQUEST = {"name": "튜터", "metadata": {"a": "1", "b": "2"}}
TURNED = {"metadata": {"b": "2", "a": "1"}, "name": "튜터"}


@pytest.mark.parametrize("kind", PREFIXES)
@pytest.mark.parametrize("ids", [RandomIds(), DerivedIds()], ids=["random", "derived"])
def test_an_id_has_its_kinds_prefix_and_24_letters_and_digits(ids: RandomIds | DerivedIds, kind: str) -> None:
    for made in (ids.new(kind, "", REQUEST), ids.made(kind, "run_1", 1)):
        assert re.fullmatch(re.escape(PREFIXES[kind]) + "[A-Za-z0-9]{24}", made)


def test_random_ids_differ_even_for_one_request() -> None:
    ids = RandomIds()
    assert len({ids.new("run", "thread_1", REQUEST) for _ in range(100)}) == 100


def test_derived_ids_are_the_same_in_every_session_whatever_the_order_of_members() -> None:
    one, other = DerivedIds(), DerivedIds()
    first = [one.new("assistant", "", REQUEST) for _ in range(3)]
    assert first == [other.new("assistant", "", TURNED) for _ in range(3)]
    assert len(set(first)) == 3


def test_derived_ids_do_not_change_between_releases() -> None:
    # Recordings and the lessons' stored outputs contain such ids.
    assert derived_id("call", "run_1", 1, 0) == "call_vu4Dd0j297kmjl7FuHQGhfVU"
    assert DerivedIds().new("thread", "", {}) == "thread_5k30xJNad7Lv2VlrGbBI09lG"


@pytest.mark.parametrize(
    ("kind", "parent", "request_"),
    [("thread", "", REQUEST), ("assistant", "thread_1", REQUEST), ("assistant", "", {**REQUEST, "name": "tutor"})],
    ids=["kind", "parent", "request"],
)
def test_a_derived_id_depends_on(kind: str, parent: str, request_: object) -> None:
    letters = [DerivedIds().new(*asked)[-24:] for asked in [("assistant", "", REQUEST), (kind, parent, request_)]]
    assert letters[0] != letters[1]


def test_what_a_run_makes_is_numbered_within_it() -> None:
    ids = DerivedIds()
    assert ids.made("step", "run_1", 1) == ids.made("step", "run_1", 1)
    assert len({ids.made("step", run, ordinal) for run in ("run_1", "run_2") for ordinal in (1, 2)}) == 4
