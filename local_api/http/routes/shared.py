"""What the routes have in common: reading requests and answering them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, NoReturn, Protocol, TypeVar, cast

from flask import Response, current_app, request, send_file

from local_api import errors
from local_api.bodies.queries import INCLUDE, PageRequest
from local_api.bodies.shared import Body
from local_api.bodies.translate import check
from local_api.documents.objects import File
from local_api.home import Home

B = TypeVar("B", bound=Body)

DEEPEST = 100  # arrays and objects inside each other in a body; JSON that is written again can't be much deeper


class Page(Protocol):
    """A page of a list, as services return it."""

    @property
    def data(self) -> Sequence[Mapping[str, Any]]: ...

    @property
    def has_more(self) -> bool: ...


def home() -> Home:
    """The home behind this request."""
    return cast(Home, current_app.extensions["home"])


def read_body(model: type[B]) -> B:
    """The request's body, checked. No body is the same as an empty one.

    Raises:
        APIError: 400 for anything that the model does not allow.
    """
    raw = request.get_data()
    try:
        # Strictly UTF-8: by default the parser accepts lone surrogates, which no text can hold.
        value = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_json, parse_float=_finite) if raw else {}
        if b"\\ud" in raw.lower():
            json.dumps(value, ensure_ascii=False).encode()  # JSON can escape them, too
    except (ValueError, RecursionError):
        message = (
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
            "library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)"
        )
        raise errors.APIError(400, message) from None
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and _depth(value) > DEEPEST:
        raise errors.too_deep(DEEPEST)
    return check(model, {} if value is None else value)


def read_query(model: type[B]) -> B:
    """The request's query string, checked.

    Raises:
        APIError: 400 for anything that the model does not allow.
    """
    values: dict[str, Any] = request.args.to_dict()
    if INCLUDE in values:
        values[INCLUDE] = request.args.getlist(INCLUDE)
    return check(model, values)


def page_request(asked: Body) -> PageRequest:
    """The page that a checked query string asks for."""
    return PageRequest(**asked.model_dump(include={field.name for field in fields(PageRequest)}))


def answer(value: Mapping[str, Any]) -> Response:
    """An object as the answer, its members in their order."""
    return Response(json.dumps(value, ensure_ascii=False), mimetype="application/json")


def answer_list(page: Page) -> Response:
    """A page of a list as the answer."""
    return answer(list_of(page.data, page.has_more))


def list_of(data: Sequence[Mapping[str, Any]], has_more: bool) -> dict[str, Any]:
    """A list of objects, as clients see it."""
    return {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": has_more,
    }


def answer_deleted(object_name: str, object_id: str) -> Response:
    """The answer to a DELETE."""
    return answer({"id": object_id, "object": f"{object_name}.deleted", "deleted": True})


def answer_content(file: File) -> Response:
    """The bytes of a file."""
    path = home().files.bytes_of(file)
    return send_file(path, mimetype="application/octet-stream", download_name=file["filename"], as_attachment=True)


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is Python's, not JSON's")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is larger than numbers can be here")
    return number


def _depth(value: Any) -> int:
    """How many arrays and objects lie inside each other, at most."""
    depth = 0
    level: list[Any] = [value]
    while level := [part for part in level if isinstance(part, (dict, list))]:
        depth += 1
        level = [inner for part in level for inner in (part.values() if isinstance(part, dict) else part)]
    return depth
