"""/assistants"""

from __future__ import annotations

from flask import Blueprint, Response

from local_api.assistants import objects
from local_api.bodies.assistants import CreateAssistant, ModifyAssistant
from local_api.bodies.metadata import merged_metadata

from .shared import answer, answer_deleted, answer_page, find, home, read_body

blueprint = Blueprint("assistants", __name__, url_prefix="/v1/assistants")


@blueprint.post("")
def create() -> Response:
    return answer(home().create_assistant(read_body(CreateAssistant).given()))


@blueprint.get("")
def list_() -> Response:
    return answer_page("assistant")


@blueprint.get("/<assistant_id>")
def retrieve(assistant_id: str) -> Response:
    return answer(find("assistant", assistant_id))


@blueprint.post("/<assistant_id>")
def modify(assistant_id: str) -> Response:
    given = read_body(ModifyAssistant).given()
    home().check(given.get("tool_resources"))
    with home().store.transaction():
        old = find("assistant", assistant_id)
        if "metadata" in given:
            given["metadata"] = merged_metadata(old["metadata"], given["metadata"])
        assistant = objects.assistant(old["id"], old["created_at"], {**old, **given})
        home().store.put(assistant)
    return answer(assistant)


@blueprint.delete("/<assistant_id>")
def delete(assistant_id: str) -> Response:
    find("assistant", assistant_id)
    return answer_deleted("assistant", assistant_id)
