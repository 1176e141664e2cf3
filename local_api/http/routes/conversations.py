"""/conversations, with their items"""

from __future__ import annotations

from flask import Blueprint, Response

from local_api.assistants.objects import list_of
from local_api.bodies.responses import CreateConversation, CreateItems, IncludeQuery, UpdateConversation
from local_api.responses import objects as objects

from .shared import answer, answer_deleted, answer_items, home, read_body, read_query

blueprint = Blueprint("conversations", __name__, url_prefix="/v1/conversations")


@blueprint.post("")
def create() -> Response:
    return answer(home().conversations.create(read_body(CreateConversation).given()))


@blueprint.get("/<conversation_id>")
def retrieve(conversation_id: str) -> Response:
    return answer(home().conversations.find(conversation_id))


@blueprint.post("/<conversation_id>")
def update(conversation_id: str) -> Response:
    given = read_body(UpdateConversation).given()
    with home().store.transaction():
        found = home().conversations.find(conversation_id)
        # Open in the contract: the metadata given take the place of those that were there.
        conversation = {**found, "metadata": given["metadata"] or {}}
        home().store.put(conversation)
    return answer(conversation)


@blueprint.delete("/<conversation_id>")
def delete(conversation_id: str) -> Response:
    home().conversations.find(conversation_id)
    return answer_deleted("conversation", conversation_id)


@blueprint.post("/<conversation_id>/items")
def create_items(conversation_id: str) -> Response:
    asked = read_query(IncludeQuery)
    items = home().conversations.add(conversation_id, read_body(CreateItems).given()["items"])
    return answer(list_of([objects.shown_item(item, asked.include) for item in items], has_more=False))


@blueprint.get("/<conversation_id>/items")
def list_items(conversation_id: str) -> Response:
    home().conversations.find(conversation_id)
    return answer_items(conversation_id)


@blueprint.get("/<conversation_id>/items/<item_id>")
def retrieve_item(conversation_id: str, item_id: str) -> Response:
    asked = read_query(IncludeQuery)
    return answer(objects.shown_item(home().conversations.find_item(conversation_id, item_id), asked.include))


@blueprint.delete("/<conversation_id>/items/<item_id>")
def delete_item(conversation_id: str, item_id: str) -> Response:
    return answer(home().conversations.delete_item(conversation_id, item_id))
