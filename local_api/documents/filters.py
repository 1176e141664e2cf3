"""Filters over the attributes of files: comparisons, and their combination by `and` and `or`."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def matches(filter: dict[str, Any], attributes: dict[str, Any]) -> bool:
    """Whether a file with these attributes passes.

    Open in the contract: `ne` and `nin` are the exact opposites of `eq` and `in`, so a file without the attribute
    passes them, and no other comparison. Values of different kinds are never equal, and neither is the greater one.

    Args:
        filter: a checked filter, as in the request.
        attributes: the file's.
    """
    type = filter["type"]
    if type == "and":
        return all(matches(part, attributes) for part in filter["filters"])
    if type == "or":
        return any(matches(part, attributes) for part in filter["filters"])
    if type in ("ne", "nin"):
        return not matches({**filter, "type": {"ne": "eq", "nin": "in"}[type]}, attributes)
    if filter["key"] not in attributes:
        return False
    has, value = attributes[filter["key"]], filter["value"]
    if type == "in":
        return any(_compare("eq", has, item) for item in value)
    return _compare(type, has, value)


def _compare(type: str, one: Any, other: Any) -> bool:
    return _kind(one) == _kind(other) and COMPARISONS[type](one, other)


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "text"
    return "truth" if isinstance(value, bool) else "number"
