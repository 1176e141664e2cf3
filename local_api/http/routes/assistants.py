"""/assistants"""

from __future__ import annotations

from flask import Blueprint, Response

from local_api.bodies.assistants import CreateAssistant, ModifyAssistant
from local_api.bodies.queries import PageQuery

from .shared import answer, answer_deleted, answer_list, home, page_request, read_body, read_query

blueprint = Blueprint("assistants", __name__, url_prefix="/v1/assistants")


@blueprint.post("")
def create() -> Response:
    return answer(home().assistants.create(read_body(CreateAssistant).given()))


@blueprint.get("")
def list_() -> Response:
    return answer_list(home().assistants.page(page_request(read_query(PageQuery))))


@blueprint.get("/<assistant_id>")
def retrieve(assistant_id: str) -> Response:
    return answer(home().assistants.find(assistant_id))


@blueprint.post("/<assistant_id>")
def modify(assistant_id: str) -> Response:
    return answer(home().assistants.modify(assistant_id, read_body(ModifyAssistant).given()))


@blueprint.delete("/<assistant_id>")
def delete(assistant_id: str) -> Response:
    home().assistants.delete(assistant_id)
    return answer_deleted("assistant", assistant_id)
