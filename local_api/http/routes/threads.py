"""/threads and /threads/{thread_id}/messages"""

from __future__ import annotations

from flask import Blueprint, Response

from local_api.assistants import objects
from local_api.bodies.metadata import merged_metadata
from local_api.bodies.queries import MessagePageQuery
from local_api.bodies.threads import CreateMessage, CreateThread, ModifyThread

from .shared import answer, answer_deleted, answer_page, answer_with_metadata, find, home, read_body

blueprint = Blueprint("threads", __name__, url_prefix="/v1/threads")


@blueprint.post("")
def create() -> Response:
    return answer(home().create_thread(read_body(CreateThread).given()))


@blueprint.get("/<thread_id>")
def retrieve(thread_id: str) -> Response:
    return answer(find("thread", thread_id))


@blueprint.post("/<thread_id>")
def modify(thread_id: str) -> Response:
    given = read_body(ModifyThread).given()
    home().check(given.get("tool_resources"))
    with home().store.transaction():
        thread = find("thread", thread_id)
        if "metadata" in given:
            thread["metadata"] = merged_metadata(thread["metadata"], given["metadata"])
        if "tool_resources" in given:
            thread["tool_resources"] = objects.filled_resources(given["tool_resources"])
        home().store.put(thread)
    return answer(thread)


@blueprint.delete("/<thread_id>")
def delete(thread_id: str) -> Response:
    find("thread", thread_id)
    return answer_deleted("thread", thread_id)


@blueprint.post("/<thread_id>/messages")
def create_message(thread_id: str) -> Response:
    given = read_body(CreateMessage).given()
    find("thread", thread_id)
    return answer(home().create_message(thread_id, given))


@blueprint.get("/<thread_id>/messages")
def list_messages(thread_id: str) -> Response:
    find("thread", thread_id)
    _settle(thread_id)
    return answer_page("message", thread_id, MessagePageQuery)


@blueprint.get("/<thread_id>/messages/<message_id>")
def retrieve_message(thread_id: str, message_id: str) -> Response:
    find("thread", thread_id)
    return answer(find("message", message_id, thread_id))


@blueprint.post("/<thread_id>/messages/<message_id>")
def modify_message(thread_id: str, message_id: str) -> Response:
    find("thread", thread_id)
    return answer_with_metadata(lambda: find("message", message_id, thread_id))


@blueprint.delete("/<thread_id>/messages/<message_id>")
def delete_message(thread_id: str, message_id: str) -> Response:
    find("thread", thread_id)
    find("message", message_id, thread_id)
    return answer_deleted("thread.message", message_id)


def _settle(thread_id: str) -> None:
    active = home().machine.active(thread_id)
    if active:
        home().driver.settle(active)
