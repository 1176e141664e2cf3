"""/threads and /threads/{thread_id}/messages"""

from __future__ import annotations

from flask import Blueprint, Response

from local_api.bodies.queries import MessagePageQuery
from local_api.bodies.shared import MetadataOnly
from local_api.bodies.threads import CreateMessage, CreateThread, ModifyThread

from .shared import answer, answer_deleted, answer_list, home, page_request, read_body, read_query

blueprint = Blueprint("threads", __name__, url_prefix="/v1/threads")


@blueprint.post("")
def create() -> Response:
    return answer(home().threads.create(read_body(CreateThread).given()))


@blueprint.get("/<thread_id>")
def retrieve(thread_id: str) -> Response:
    return answer(home().threads.find(thread_id))


@blueprint.post("/<thread_id>")
def modify(thread_id: str) -> Response:
    return answer(home().threads.modify(thread_id, read_body(ModifyThread).given()))


@blueprint.delete("/<thread_id>")
def delete(thread_id: str) -> Response:
    home().threads.delete(thread_id)
    return answer_deleted("thread", thread_id)


@blueprint.post("/<thread_id>/messages")
def create_message(thread_id: str) -> Response:
    return answer(home().threads.create_message(thread_id, read_body(CreateMessage).given()))


@blueprint.get("/<thread_id>/messages")
def list_messages(thread_id: str) -> Response:
    asked = read_query(MessagePageQuery)
    return answer_list(home().threads.page_messages(thread_id, page_request(asked), asked.run_id))


@blueprint.get("/<thread_id>/messages/<message_id>")
def retrieve_message(thread_id: str, message_id: str) -> Response:
    return answer(home().threads.find_message(thread_id, message_id))


@blueprint.post("/<thread_id>/messages/<message_id>")
def modify_message(thread_id: str, message_id: str) -> Response:
    return answer(home().threads.modify_message(thread_id, message_id, read_body(MetadataOnly).given()))


@blueprint.delete("/<thread_id>/messages/<message_id>")
def delete_message(thread_id: str, message_id: str) -> Response:
    home().threads.delete_message(thread_id, message_id)
    return answer_deleted("thread.message", message_id)
