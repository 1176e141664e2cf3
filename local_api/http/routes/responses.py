"""/responses, with their input items"""

from __future__ import annotations

from flask import Blueprint, Response

from local_api.bodies.responses import CreateResponse, IncludeQuery, ItemPageQuery
from local_api.http.sse import MEDIA_TYPE, sse

from .shared import answer, answer_list, home, page_request, read_body, read_query

blueprint = Blueprint("responses", __name__, url_prefix="/v1/responses")


@blueprint.post("")
def create() -> Response:
    given = read_body(CreateResponse).given()
    responses = home().responses
    response = responses.create(given)
    if given.get("stream"):
        return Response(sse(responses.stream(response)), content_type=MEDIA_TYPE)
    return answer(responses.start(response) if response["background"] else responses.run(response))


@blueprint.get("/<response_id>")
def retrieve(response_id: str) -> Response:
    return answer(home().responses.retrieve(response_id, read_query(IncludeQuery).include))


@blueprint.delete("/<response_id>")
def delete(response_id: str) -> Response:
    home().responses.delete(response_id)
    return answer({"id": response_id, "object": "response", "deleted": True})


@blueprint.post("/<response_id>/cancel")
def cancel(response_id: str) -> Response:
    return answer(home().responses.cancel(response_id))


@blueprint.get("/<response_id>/input_items")
def list_input_items(response_id: str) -> Response:
    asked = read_query(ItemPageQuery)
    return answer_list(home().responses.input_items(response_id, page_request(asked), asked.include))
