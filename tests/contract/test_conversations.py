"""Conversations and their items through the SDK, and responses that are made in them."""

from __future__ import annotations

import openai
import pytest

from contract.talks import HELLO, TUTOR

MODEL = "gpt-6-luna"


def message(text: str, role: str = "user") -> dict:
    return {"type": "message", "role": role, "content": text}


def say(client: openai.OpenAI, conversation_id: str, text: str, **members):
    return client.responses.create(model=MODEL, instructions=TUTOR, input=text, conversation=conversation_id, **members)


def texts(client: openai.OpenAI, conversation_id: str) -> list[str]:
    items = client.conversations.items.list(conversation_id, order="asc", limit=100)
    return [item.content[0].text for item in items]


def test_a_conversation_has_metadata_and_goes(client):
    conversation = client.conversations.create(metadata={"for": "class", "week": "1"})
    assert conversation.metadata == {"for": "class", "week": "1"}
    changed = client.conversations.update(conversation.id, metadata={"week": "2"})
    assert changed.metadata == {"week": "2"}
    assert client.conversations.retrieve(conversation.id) == changed
    deleted = client.conversations.delete(conversation.id)
    assert (deleted.id, deleted.deleted) == (conversation.id, True)
    with pytest.raises(openai.NotFoundError, match=f"Conversation with id '{conversation.id}' not found"):
        client.conversations.retrieve(conversation.id)


def test_items_are_added_listed_and_deleted(client):
    conversation = client.conversations.create(items=[message("one"), message("two", "assistant")])
    added = client.conversations.items.create(
        conversation.id, items=[message("three"), {"role": "user", "content": "4"}]
    )
    assert [item.role for item in added.data] == ["user", "user"]
    assert texts(client, conversation.id) == ["one", "two", "three", "4"]
    newest = client.conversations.items.list(conversation.id, limit=3)
    assert [item.content[0].text for item in newest.data] == ["4", "three", "two"]
    assert newest.has_more
    assert len(list(client.conversations.items.list(conversation.id, limit=1))) == 4
    first = client.conversations.items.list(conversation.id, order="asc", limit=1).data[0]
    assert client.conversations.items.retrieve(first.id, conversation_id=conversation.id) == first
    assert client.conversations.items.delete(first.id, conversation_id=conversation.id) == conversation
    assert texts(client, conversation.id) == ["two", "three", "4"]
    with pytest.raises(openai.NotFoundError, match=f"Item with id '{first.id}' not found"):
        client.conversations.items.retrieve(first.id, conversation_id=conversation.id)


def test_responses_go_on_from_a_conversation_and_add_to_it(client):
    conversation = client.conversations.create()
    first = say(client, conversation.id, "hi")
    assert first.conversation.id == conversation.id
    assert say(client, conversation.id, "What is 2 + 2?").output_text == "Four."
    assert texts(client, conversation.id) == ["hi", HELLO, "What is 2 + 2?", "Four."]
    assert client.conversations.items.list(conversation.id, order="asc").data[1].id == first.output[0].id


def test_a_streamed_response_adds_to_its_conversation(client):
    conversation = client.conversations.create()
    list(say(client, conversation.id, "hi", stream=True, store=False))
    assert texts(client, conversation.id) == ["hi", HELLO]


def test_a_history_from_elsewhere_can_be_moved_in_twenty_items_at_a_time(client):
    conversation = client.conversations.create(items=[message("hi"), message(HELLO, "assistant")])
    assert say(client, conversation.id, "What is 2 + 2?").output_text == "Four."
    twenty = [message(str(number)) for number in range(20)]
    assert len(client.conversations.items.create(conversation.id, items=twenty).data) == 20
    for add in (
        lambda items: client.conversations.create(items=items),
        lambda items: client.conversations.items.create(conversation.id, items=items),
    ):
        with pytest.raises(openai.BadRequestError, match="maximum length 20, but got an array with length 21"):
            add([*twenty, message("one too many")])


def test_a_failed_response_adds_nothing(client):
    conversation = client.conversations.create()
    with pytest.raises(openai.BadRequestError):
        say(client, conversation.id, "Nobody recorded this")
    assert texts(client, conversation.id) == []
    assert say(client, conversation.id, "hi").output_text == HELLO


def test_one_response_at_a_time(client):
    conversation = client.conversations.create()
    working = say(client, conversation.id, "hi", background=True)
    with pytest.raises(openai.BadRequestError, match="Another process is currently operating") as refused:
        say(client, conversation.id, "hi")
    assert (refused.value.param, refused.value.code) == ("conversation", "conversation_locked")
    client.responses.cancel(working.id)
    assert say(client, conversation.id, "hi").output_text == HELLO
    assert texts(client, conversation.id) == ["hi", HELLO]


def test_an_unfinished_response_is_nothing_to_go_on_from(client):
    working = client.responses.create(model=MODEL, instructions=TUTOR, input="hi", background=True)
    with pytest.raises(openai.BadRequestError, match="is not finished"):
        client.responses.create(model=MODEL, instructions=TUTOR, input="More", previous_response_id=working.id)


def test_a_deleted_conversation_takes_its_items_along_but_not_its_responses(client):
    conversation = client.conversations.create()
    response = say(client, conversation.id, "hi")
    client.conversations.delete(conversation.id)
    assert client.responses.retrieve(response.id) == response
    with pytest.raises(openai.NotFoundError, match=f"Conversation with id '{conversation.id}' not found"):
        say(client, conversation.id, "What is 2 + 2?")


NOWHERE = "conv_AAAAAAAAAAAAAAAAAAAAAAAA"

REFUSALS = {
    "update nothing": (lambda c, id: c.conversations.update(NOWHERE, metadata={}), 404, NOWHERE),
    "delete nothing": (lambda c, id: c.conversations.delete(NOWHERE), 404, NOWHERE),
    "list nothing": (lambda c, id: c.conversations.items.list(NOWHERE), 404, NOWHERE),
    "add to nothing": (lambda c, id: c.conversations.items.create(NOWHERE, items=[message("hi")]), 404, NOWHERE),
    "delete no item": (lambda c, id: c.conversations.items.delete("msg_1", conversation_id=id), 404, "msg_1"),
    "an unknown cursor": (lambda c, id: c.conversations.items.list(id, after="msg_1"), 404, "msg_1"),
    "no items": (lambda c, id: c.conversations.items.create(id, items=[]), 400, "empty array"),
    "too large a page": (lambda c, id: c.conversations.items.list(id, limit=101), 400, "<= 100"),
    "an unknown role": (lambda c, id: c.conversations.items.create(id, items=[message("hi", "robot")]), 400, "'robot'"),
    "too long a key": (lambda c, id: c.conversations.create(metadata={"k" * 65: "v"}), 400, "maximum length 64"),
    "the same item twice": (lambda c, id: c.conversations.items.create(
        id, items=[{**message("hi"), "id": "msg_1"}] * 2), 400, "Duplicate item found with id msg_1"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "status", "says"), REFUSALS.values(), ids=REFUSALS)
def test_a_bad_request_is_refused(client, call, status, says):
    conversation = client.conversations.create()
    with pytest.raises(openai.APIStatusError) as refused:
        call(client, conversation.id)
    assert refused.value.status_code == status
    assert says in refused.value.message
    assert texts(client, conversation.id) == []
