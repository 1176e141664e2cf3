"""/conversations, with their items"""

from __future__ import annotations

from flask import Blueprint, Response

from local_api.bodies.responses import CreateConversation, CreateItems, IncludeQuery, ItemPageQuery, UpdateConversation

from .shared import answer, answer_deleted, answer_list, home, list_of, page_request, read_body, read_query

blueprint = Blueprint("conversations", __name__, url_prefix="/v1/conversations")


@blueprint.post("")
def create() -> Response:
    return answer(home().conversations.create(read_body(CreateConversation).given()))


@blueprint.get("/<conversation_id>")
def retrieve(conversation_id: str) -> Response:
    return answer(home().conversations.retrieve(conversation_id))


@blueprint.post("/<conversation_id>")
def update(conversation_id: str) -> Response:
    return answer(home().conversations.update(conversation_id, read_body(UpdateConversation).given()["metadata"]))


@blueprint.delete("/<conversation_id>")
def delete(conversation_id: str) -> Response:
    home().conversations.delete(conversation_id)
    return answer_deleted("conversation", conversation_id)


@blueprint.post("/<conversation_id>/items")
def create_items(conversation_id: str) -> Response:
    asked = read_query(IncludeQuery)
    given = read_body(CreateItems).given()["items"]
    return answer(list_of(home().conversations.add_items(conversation_id, given, asked.include), has_more=False))


@blueprint.get("/<conversation_id>/items")
def list_items(conversation_id: str) -> Response:
    asked = read_query(ItemPageQuery)
    return answer_list(home().conversations.items(conversation_id, page_request(asked), asked.include))


@blueprint.get("/<conversation_id>/items/<item_id>")
def retrieve_item(conversation_id: str, item_id: str) -> Response:
    asked = read_query(IncludeQuery)
    return answer(home().conversations.retrieve_item(conversation_id, item_id, asked.include))


@blueprint.delete("/<conversation_id>/items/<item_id>")
def delete_item(conversation_id: str, item_id: str) -> Response:
    return answer(home().conversations.delete_item(conversation_id, item_id))
