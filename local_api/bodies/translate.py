"""Check requests, and describe what is wrong with one as the old service did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from local_api.errors import APIError, missing

from .shared import OWN_TAG, Body

B = TypeVar("B", bound=Body)

EXPECTED = {
    "string_type": "a string",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "int_parsing": "an integer",
    "float_type": "a decimal",
    "float_parsing": "a decimal",
    "bool_type": "a boolean",
    "dict_type": "an object",
    "list_type": "an array",
    "model_type": "an object",
    "model_attributes_type": "an object",
}


def check(model: type[B], value: Any) -> B:
    """Check a request against its model.

    Raises:
        APIError: 400 for the first fault, naming the member.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise translate(error.errors(include_url=False)[0], value) from None


def translate(fault: ErrorDetails, value: Any) -> APIError:
    """Turn one of pydantic's faults in this value into the old service's error."""
    path, kind = path_of(fault["loc"], value), fault["type"]
    if kind in EXPECTED:
        got = kind_of(fault["input"])
        message = f"Invalid type for '{path}': expected {EXPECTED[kind]}, but got {got} instead."
        return APIError(400, message, param=path or None, code="invalid_type")
    make = TEXTS.get(kind, _other)
    return make(path, fault.get("ctx", {}), fault)


def path_of(loc: tuple[str | int, ...], value: Any) -> str:
    """The place of a fault, such as ``tools[0].function.name``.

    Where a member has variants, pydantic's location also names the variant, by the object's ``type`` or by one of
    our own tags. The client sent no such member, so the path omits it.
    """
    path, variant_named = "", False
    for place, part in enumerate(loc, start=1):
        if isinstance(part, int):
            path, value, variant_named = f"{path}[{part}]", value[part], False
        elif part.startswith(OWN_TAG) or part == "[key]":
            continue
        elif place < len(loc) and isinstance(value, dict) and type_of(value) == part and not variant_named:
            variant_named = True
        else:
            path, variant_named = f"{path}.{part}" if path else part, False
            value = value.get(part) if isinstance(value, dict) else None
    return path


def type_of(value: dict[str, Any]) -> object:
    """The variant that an object names; an item without a type is a message."""
    return value.get("type", "message")


def kind_of(value: Any) -> str:
    """The type of a JSON value, with its article."""
    names = {bool: "a boolean", int: "an integer", float: "a decimal", str: "a string", list: "an array"}
    return "null" if value is None else names.get(type(value), "an object")


def _unknown(path: str, ctx: dict[str, Any], fault: ErrorDetails) -> APIError:
    return APIError(400, f"Unknown parameter: '{path}'.", param=path, code="unknown_parameter")


def _missing(path: str, ctx: dict[str, Any], fault: ErrorDetails) -> APIError:
    return missing(path)


def _not_listed(path: str, ctx: dict[str, Any], fault: ErrorDetails) -> APIError:
    if fault["type"] == "union_tag_invalid":
        value, path = ctx["tag"], f"{path}.type"
        tags = [word.strip("'") for word in ctx["expected_tags"].split(", ")]
        expected = [tag for tag in tags if not tag.startswith(OWN_TAG)]
    else:
        value = fault["input"]
        expected = [word.strip("'") for word in ctx["expected"].replace(" or ", ", ").split(", ")]
    message = f"Invalid value: '{value}'. Supported values are: {enumerated(expected)}."
    return APIError(400, message, param=path, code="invalid_value")


def enumerated(words: list[str]) -> str:
    """``'a', 'b', and 'c'``."""
    quoted = [f"'{word}'" for word in words]
    if len(quoted) < 3:
        return " and ".join(quoted)
    return ", ".join(quoted[:-1]) + ", and " + quoted[-1]


def _no_tag(path: str, ctx: dict[str, Any], fault: ErrorDetails) -> APIError:
    if isinstance(fault["input"], dict):
        return _missing(f"{path}.type", ctx, fault)
    message = f"Invalid type for '{path}': expected an object, but got {kind_of(fault['input'])} instead."
    return APIError(400, message, param=path, code="invalid_type")


def _too_big(path: str, ctx: dict[str, Any], fault: ErrorDetails) -> APIError:
    what = kind_of(fault["input"])
    kind, unit = what.split()[1], "properties" if isinstance(fault["input"], dict) else "length"
    problem = "too many properties" if unit == "properties" else f"{kind} too long"
    message = (
        f"Invalid '{path}': {problem}. Expected {what} with maximum {unit} {ctx['max_length']}, "
        f"but got {what} with {unit} {len(fault['input'])} instead."
    )
    return APIError(400, message, param=path, code=f"{kind}_above_max_{unit}")


def _too_small(path: str, ctx: dict[str, Any], fault: ErrorDetails) -> APIError:
    what = kind_of(fault["input"])
    kind = what.split()[1]
    message = (
        f"Invalid '{path}': empty {kind}. "
        f"Expected {what} with minimum length {ctx['min_length']}, but got an empty {kind} instead."
    )
    return APIError(400, message, param=path, code=f"empty_{kind}")


def _above(path: str, ctx: dict[str, Any], fault: ErrorDetails) -> APIError:
    return _out_of_range(path, "above maximum", "<=", ctx["le"], fault["input"])


def _below(path: str, ctx: dict[str, Any], fault: ErrorDetails) -> APIError:
    return _out_of_range(path, "below minimum", ">=", ctx["ge"], fault["input"])


def _out_of_range(path: str, where: str, sign: str, limit: float, value: Any) -> APIError:
    kind = "integer" if isinstance(limit, int) else "decimal"
    message = f"Invalid '{path}': {kind} {where} value. Expected a value {sign} {limit:g}, but got {value} instead."
    side = where.split()[1][:3]
    return APIError(400, message, param=path, code=f"{kind}_{where.split()[0]}_{side}_value")


def _no_match(path: str, ctx: dict[str, Any], fault: ErrorDetails) -> APIError:
    message = (
        f"Invalid '{path}': string does not match pattern. "
        f"Expected a string that matches the pattern '{ctx['pattern']}'."
    )
    return APIError(400, message, param=path, code="invalid_value")


def _other(path: str, ctx: dict[str, Any], fault: ErrorDetails) -> APIError:
    return APIError(400, f"Invalid '{path}': {fault['msg']}.", param=path or None, code="invalid_value")


TEXTS: dict[str, Callable[[str, dict[str, Any], ErrorDetails], APIError]] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "literal_error": _not_listed,
    "union_tag_invalid": _not_listed,
    "union_tag_not_found": _no_tag,
    "string_too_long": _too_big,
    "string_too_short": _too_small,
    "too_long": _too_big,
    "too_short": _too_small,
    "less_than_equal": _above,
    "greater_than_equal": _below,
    "string_pattern_mismatch": _no_match,
}
