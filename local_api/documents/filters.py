"""Filters over the attributes of files: comparisons, combined by `and` and `or`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
OPPOSITES = {"ne": "eq", "nin": "in"}


def matches(condition: Mapping[str, Any], attributes: Mapping[str, Any]) -> bool:
    """Whether a file with these attributes passes a filter.

    The published contract leaves two cases open. Here `ne` and `nin` are the exact opposites of `eq` and `in`, so a
    file without the attribute passes them, and no other comparison. Values of different types are never equal, and
    neither is greater than the other.

    Args:
        condition: the filter, a checked `bodies.vector_stores.Filter` as JSON.
        attributes: the file's attributes.
    """
    kind = condition["type"]
    if kind == "and":
        return all(matches(part, attributes) for part in condition["filters"])
    if kind == "or":
        return any(matches(part, attributes) for part in condition["filters"])
    if kind in OPPOSITES:
        return not matches({**condition, "type": OPPOSITES[kind]}, attributes)
    if condition["key"] not in attributes:
        return False
    actual, operand = attributes[condition["key"]], condition["value"]
    if kind == "in":
        return any(_compare("eq", actual, item) for item in operand)
    return _compare(kind, actual, operand)


def _compare(comparison: str, actual: Any, operand: Any) -> bool:
    return _type_name(actual) == _type_name(operand) and COMPARISONS[comparison](actual, operand)


def _type_name(value: Any) -> str:
    if isinstance(value, str):
        return "string"
    return "boolean" if isinstance(value, bool) else "number"
