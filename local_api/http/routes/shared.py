"""What the routes have in common: reading requests, finding objects, answering."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, current_app, request, send_file

from local_api import errors
from local_api.assistants import objects
from local_api.bodies.metadata import merged_metadata
from local_api.bodies.queries import INCLUDE, PageQuery, PageRequest
from local_api.bodies.shared import Body, MetadataOnly
from local_api.bodies.translate import check
from local_api.home import Home
from local_api.storage.store import Page, UnknownCursor

B = TypeVar("B", bound=Body)

DEEPEST = 100  # arrays and objects inside each other in a body; what is written down again can't be much deeper
CURSORS = {"after", "before"}
PAGE = {"limit", "order", *CURSORS}
MATCHES = {"run_id": "run_id"}  # what narrows a list, and by which member


def home() -> Home:
    """The home behind this request."""
    return current_app.extensions["home"]


def read_body(model: type[B]) -> B:
    """The request's body, checked. No body is the same as an empty one.

    Raises:
        APIError: 400 for anything that the model does not allow.
    """
    raw = request.get_data()
    try:
        # Strictly UTF-8: left to itself, the parser takes halves of characters, which no text can hold.
        value = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_json, parse_float=_finite) if raw else {}
        if b"\\ud" in raw.lower():
            json.dumps(value, ensure_ascii=False).encode()  # JSON can write such halves, too
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
    values = request.args.to_dict()
    if INCLUDE in values:
        values[INCLUDE] = request.args.getlist(INCLUDE)
    return check(model, values)


def answer(value: dict) -> Response:
    """An object as the answer, its members in their order."""
    return Response(json.dumps(value, ensure_ascii=False), mimetype="application/json")


def find(kind: str, id: str, parent: str = "", param: str | None = None) -> dict:
    """The object with this id.

    Args:
        param: the parameter that held the id; the path's, unless told otherwise.

    Raises:
        APIError: 400 for an id of another kind, 404 for one that is not there.
    """
    errors.check_id(kind, id, param or f"{kind}_id")
    found = home().store.get(kind, id, parent)
    if found is None:
        raise errors.not_found(kind, id)
    return found


def answer_page(
    kind: str,
    parent: str = "",
    query: type[Body] = PageQuery,
    *,
    match: dict[str, str] | None = None,
    key: Callable[[str], str] | None = None,
    shown: Callable[[dict], dict] | None = None,
) -> Response:
    """A page of a list, as the query string asks for it.

    Args:
        kind, parent: which list.
        query: what may be asked for.
        match: only objects with these members, as in `Store.page`.
        key: what the store knows an object by, from its id; the id itself unless told otherwise.
        shown: the object as clients see it, from what the store has; the same unless told otherwise.

    Raises:
        APIError: 400 for a bad query, 404 for a cursor that is not in the list.
    """
    asked = read_query(query)
    narrowed = {MATCHES[name]: value for name, value in asked.model_dump(include=set(MATCHES)).items() if value}
    options = asked.model_dump(include=PAGE)
    for name in CURSORS & set(options):
        if key and options[name] is not None:
            options[name] = key(options[name])
    try:
        page = home().store.page(kind, parent, **options, match={**(match or {}), **narrowed})
    except UnknownCursor as unknown:
        raise _unknown_cursor(kind, str(unknown)) from None
    return answer(objects.list_of([shown(item) for item in page.data] if shown else page.data, page.has_more))


def page_request(asked: Body) -> PageRequest:
    """The page that a checked query string asks for."""
    return PageRequest(**asked.model_dump(include=PAGE))


def answer_list(page: Page) -> Response:
    """A page of a list as the answer."""
    return answer(objects.list_of(page.data, page.has_more))


def _unknown_cursor(kind: str, id: str) -> errors.APIError:
    # Open in the contract: a cursor that is not in the list is answered like any object that is not there.
    return errors.not_found(kind, id)


def answer_deleted(object: str, id: str) -> Response:
    """Delete an object with everything below it, and say so."""
    home().store.delete(id)
    return answer(objects.deleted(object, id))


def answer_content(file: dict) -> Response:
    """The bytes of a file."""
    path = home().files.bytes_of(file)
    return send_file(path, mimetype="application/octet-stream", download_name=file["filename"], as_attachment=True)


def answer_with_metadata(find_object: Callable[[], dict]) -> Response:
    """Change the metadata of an object of which nothing else can change.

    Raises:
        APIError: 400 for anything else in the body, or what `find_object` raises.
    """
    given = read_body(MetadataOnly).given()
    with home().store.transaction():
        found = find_object()
        if "metadata" in given:
            found["metadata"] = merged_metadata(found["metadata"], given["metadata"])
        home().store.put(found)
    return answer(found)


def _no_json(constant: str) -> None:
    raise ValueError(f"{constant} is Python's, not JSON's")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is more than a number can be here")
    return number


def _depth(value: Any) -> int:
    """How many arrays and objects lie inside each other, at most."""
    depth, level = 0, [value]
    while level := [part for part in level if isinstance(part, (dict, list))]:
        depth += 1
        level = [inner for part in level for inner in (part.values() if isinstance(part, dict) else part)]
    return depth
