"""Filters over attributes: which files pass."""

from __future__ import annotations

from typing import Any

import pytest

from local_api.documents.filters import matches

FILE = {"lang": "ko", "year": 2019, "draft": False, "score": 0.5, "empty": ""}


def compare(comparison: str, key: str, value: Any) -> dict[str, Any]:
    return {"type": comparison, "key": key, "value": value}


COMPARISONS = [
    # the same type
    ("eq", "lang", "ko", True),
    ("eq", "lang", "KO", False),
    ("eq", "empty", "", True),
    ("ne", "lang", "ko", False),
    ("ne", "lang", "en", True),
    ("gt", "year", 2018, True),
    ("gt", "year", 2019, False),
    ("gte", "year", 2019, True),
    ("gte", "year", 2020, False),
    ("lt", "year", 2020, True),
    ("lt", "year", 2019, False),
    ("lte", "year", 2019, True),
    ("lte", "year", 2018, False),
    ("gt", "lang", "en", True),
    ("lt", "lang", "en", False),
    # integers and decimals are both numbers
    ("eq", "year", 2019.0, True),
    ("lt", "score", 1, True),
    # other types are never equal, nor greater or less; Python takes True for 1 and False for 0
    ("eq", "year", "2019", False),
    ("ne", "year", "2019", True),
    ("eq", "draft", 0, False),
    ("ne", "draft", 0, True),
    ("gte", "draft", 0, False),
    ("eq", "draft", False, True),
    ("gt", "lang", 5, False),
    ("lte", "lang", 5, False),
    # lists
    ("in", "lang", ["en", "ko"], True),
    ("in", "lang", ["en"], False),
    ("in", "lang", [], False),
    ("in", "year", ["2019", 2019.0], True),
    ("in", "draft", [0], False),
    ("nin", "lang", ["en", "ko"], False),
    ("nin", "lang", [], True),
    # no such attribute
    ("eq", "absent", "x", False),
    ("gt", "absent", 0, False),
    ("lte", "absent", 0, False),
    ("in", "absent", ["x"], False),
    ("ne", "absent", "x", True),
    ("nin", "absent", ["x"], True),
]


@pytest.mark.parametrize(("comparison", "key", "value", "passes"), COMPARISONS)
def test_a_comparison(comparison, key, value, passes):
    assert matches(compare(comparison, key, value), FILE) is passes


YES, NO = compare("eq", "lang", "ko"), compare("eq", "lang", "en")
COMBINATIONS = [
    ("and", [], True),
    ("and", [YES, YES], True),
    ("and", [YES, NO], False),
    ("or", [], False),
    ("or", [NO, YES], True),
    ("or", [NO, NO], False),
    ("and", [YES, {"type": "or", "filters": [NO, YES]}], True),
    ("or", [NO, {"type": "and", "filters": [YES, NO]}], False),
]


@pytest.mark.parametrize(("combination", "filters", "passes"), COMBINATIONS)
def test_a_combination(combination, filters, passes):
    assert matches({"type": combination, "filters": filters}, FILE) is passes
