"""/responses, with their input items"""

from __future__ import annotations

from flask import Blueprint, Response

from local_api.bodies.responses import CreateResponse, IncludeQuery
from local_api.http.sse import MEDIA_TYPE, sse
from local_api.responses import objects as objects

from .shared import answer, answer_items, home, read_body, read_query

blueprint = Blueprint("responses", __name__, url_prefix="/v1/responses")


@blueprint.post("")
def create() -> Response:
    given = read_body(CreateResponse).given()
    responses = home().responses
    response = responses.create(given)
    if given.get("stream"):
        return Response(sse(responses.told(response)), content_type=MEDIA_TYPE)
    return answer(responses.begun(response) if response["background"] else responses.finished(response))


@blueprint.get("/<response_id>")
def retrieve(response_id: str) -> Response:
    asked = read_query(IncludeQuery)
    responses = home().responses
    return answer(objects.shown(responses.driver.seen(responses.find(response_id)), asked.include))


@blueprint.delete("/<response_id>")
def delete(response_id: str) -> Response:
    home().responses.find(response_id)
    home().store.delete(response_id)
    return answer({"id": response_id, "object": "response", "deleted": True})


@blueprint.post("/<response_id>/cancel")
def cancel(response_id: str) -> Response:
    return answer(objects.shown(home().responses.cancel(response_id), []))


@blueprint.get("/<response_id>/input_items")
def list_input_items(response_id: str) -> Response:
    home().responses.find(response_id)
    return answer_items(response_id)
