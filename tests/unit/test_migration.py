"""A thread becomes a conversation on another server, and what does not come along is named."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import openai
import pytest
from openai.types.beta.threads import Message

from contract.talks import BREAKS_OFF, CHAT, HELLO, TUTOR, WEATHER, finish, reporter, talk, thread_with, tutor
from migration import Migration, migrate_thread

CHART = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
SAVE = "with open('/mnt/data/out.csv', 'w') as file:\n    file.write('a,b\\n1,2\\n')"
LINK = "Here: sandbox:/mnt/data/out.csv"
CITES = "가 sea is salt【sea.txt|rivers carry minerals】 and deep【sea.txt|minerals into it】."
SEA = b"The sea is salt because rivers carry minerals into it."
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def calls(name: str, **arguments: object) -> dict:
    return {"calls": [{"name": name, "arguments": arguments}]}


TALKS = [
    BREAKS_OFF,
    CHAT,
    WEATHER,
    talk({"user": "draw"}, calls("python", code=CHART), {"assistant": "See above."}, tools=["python"]),
    talk({"user": "save"}, calls("python", code=SAVE), {"assistant": LINK}, tools=["python"]),
    talk({"user": "search"}, calls("file_search", queries=["sea"]), {"assistant": CITES}, tools=["file_search"]),
]


@pytest.fixture
def old(open_home: Callable[..., openai.OpenAI]) -> openai.OpenAI:
    return open_home(*TALKS, name="old")


@pytest.fixture
def new(open_home: Callable[..., openai.OpenAI]) -> openai.OpenAI:
    """Another server, which knows none of the old one's ids."""
    return open_home(CHAT, name="new", date="2026-11-23")


def upload(client: openai.OpenAI, path: Path, content: bytes, purpose: str = "assistants") -> str:
    path.write_bytes(content)
    return client.files.create(file=path, purpose=purpose).id


def said(client: openai.OpenAI, thread_id: str, text: str, tool: str, **resources: object) -> None:
    """Something that an assistant with this tool says, whatever was said before."""
    assistant = tutor(client, tools=[{"type": tool}], **resources)
    client.beta.threads.messages.create(thread_id, role="user", content=text)
    last = {"type": "last_messages", "last_messages": 1}
    run = client.beta.threads.runs.create(thread_id, assistant_id=assistant.id, truncation_strategy=last)
    assert finish(client, run).status == "completed"


def items_of(client: openai.OpenAI, move: Migration) -> list:
    return list(client.conversations.items.list(move.conversation_id, order="asc", limit=100))


def lost(move: Migration, id: str) -> list[str]:
    return [loss.what for loss in move.losses if loss.id == id]


def check_message(message: Message, item, move: Migration, old: openai.OpenAI, new: openai.OpenAI) -> None:
    """Everything that a message holds is in its item, or the report names it with the message's id."""
    left = lost(move, message.id)
    parts = iter(item.content)
    assert item.role == message.role
    for part in message.content:
        if part.type == "text":
            text, expected = next(parts), part.text.value
            for note in part.text.annotations:
                if note.type == "file_citation":
                    expected = expected.replace(note.text, "", 1)
                else:
                    assert (
                        left.pop(0)
                        == f"where {note.text} leads: the file is now {move.files[note.file_path.file_id].id}"
                    )
            assert text.text == expected
            cited = [note.file_citation.file_id for note in part.text.annotations if note.type == "file_citation"]
            notes = getattr(text, "annotations", [])
            assert [note.file_id for note in notes] == [move.files[id].id for id in cited]
            assert [expected[: note.index].split()[-1] for note in notes] == (["salt", "deep"] if cited else [])
        elif message.role == "assistant":
            copy = move.files[part.image_file.file_id].id
            assert left.pop(0) == f"its picture, now {copy}: no item of an assistant's holds one"
        elif part.type == "image_url":
            assert next(parts).image_url == part.image_url.url
        else:
            picture = next(parts)
            assert picture.detail == part.image_file.detail
            same = [
                client.files.content(id).read()
                for client, id in ((old, part.image_file.file_id), (new, picture.file_id))
            ]
            assert same[0] == same[1]
    assert not list(parts)
    if message.metadata:
        assert left.pop(0) == f"its metadata, {message.metadata}"
    for attachment in message.attachments:
        name = move.files[attachment.file_id].filename
        assert left.pop(0) == f"that {name} was attached to it; the whole conversation has the file"
    assert left == []


def a_long_thread(client: openai.OpenAI, folder: Path) -> str:
    """500 messages: pictures, files and metadata of the user's, and then runs that draw, save and cite."""
    pictures = [upload(client, folder / f"{n}.png", PNG + bytes([n]), "vision") for n in range(3)]
    notes = [upload(client, folder / f"note{n}.txt", b"note %d" % n) for n in range(4)]
    messages = []
    for number in range(492):
        content: list[dict] = [{"type": "text", "text": f"{number}: 안녕하세요"}]
        message: dict = {"role": "assistant" if number % 2 else "user", "content": content}
        if number % 10 == 0:
            image = {"file_id": pictures[number % 3], "detail": "low"}
            content.append({"type": "image_file", "image_file": image})
        if number % 14 == 2:
            content.insert(0, {"type": "image_url", "image_url": {"url": f"https://a.example/{number}.png"}})
        if number % 7 == 0:
            message["metadata"] = {"number": str(number)}
        if number % 50 == 3:
            tool = "file_search" if number % 100 == 3 else "code_interpreter"
            message["attachments"] = [{"file_id": notes[number % 4], "tools": [{"type": tool}]}]
        messages.append(message)
    thread = client.beta.threads.create(messages=messages, metadata={"student": "Minji"})
    said(client, thread.id, "draw", "code_interpreter")
    said(client, thread.id, "save", "code_interpreter")
    sea = client.vector_stores.create(file_ids=[upload(client, folder / "sea.txt", SEA)])
    said(client, thread.id, "search", "file_search", tool_resources={"file_search": {"vector_store_ids": [sea.id]}})
    client.beta.threads.messages.create(thread.id, role="user", content="the last")
    client.beta.threads.messages.create(thread.id, role="assistant", content="of all")
    return thread.id


def test_of_500_messages_nothing_is_lost_that_the_report_does_not_name(
    old: openai.OpenAI, new: openai.OpenAI, tmp_path: Path
) -> None:
    thread_id = a_long_thread(old, tmp_path)
    messages = list(old.beta.threads.messages.list(thread_id, order="asc", limit=100))
    move = migrate_thread(old, thread_id, to=new, originals=tmp_path.iterdir())
    items = items_of(new, move)
    assert len(messages) == len(items) == move.items == 500
    for message, item in zip(messages, items, strict=True):
        check_message(message, item, move, old, new)
    about_messages = {message.id for message in messages}
    assert [loss for loss in move.losses if loss.id not in about_messages] == [
        (thread_id, "the ids and times of its messages, its runs and their steps")
    ]
    assert new.conversations.retrieve(move.conversation_id).metadata == {"student": "Minji"}
    search, code = move.tools
    found = new.vector_stores.files.list(search["vector_store_ids"][0])
    assert {new.files.retrieve(file.id).filename for file in found} == {"note3.txt"}
    copies = [new.files.retrieve(id) for id in code["container"]["file_ids"]]
    assert {(file.filename, file.bytes) for file in copies} == {("note1.txt", 6)}
    assert all(name in str(move) for name in (move.conversation_id, *[file.id for file in move.files.values()]))


def test_the_conversation_goes_on_where_the_thread_ended(old: openai.OpenAI, new: openai.OpenAI) -> None:
    thread = thread_with(old, "hi")
    old.beta.threads.messages.create(thread.id, role="assistant", content=HELLO)
    move = migrate_thread(old, thread.id, to=new)
    members = {"model": "gpt-6-luna", "instructions": TUTOR, "conversation": move.conversation_id}
    assert new.responses.create(**members, input="What is 2 + 2?").output_text == "Four."
    assert old.beta.threads.messages.list(thread.id).data[0].content[0].text.value == HELLO


def test_the_vector_store_of_a_thread_comes_along(old: openai.OpenAI, new: openai.OpenAI, tmp_path: Path) -> None:
    file_id = upload(old, tmp_path / "sea.txt", SEA)
    small = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}}
    store = old.vector_stores.create()
    old.vector_stores.files.create(store.id, file_id=file_id, attributes={"week": 1}, chunking_strategy=small)
    thread = old.beta.threads.create(tool_resources={"file_search": {"vector_store_ids": [store.id]}})
    move = migrate_thread(old, thread.id, to=new, originals=[tmp_path / "sea.txt"])
    (file,) = new.vector_stores.files.list(move.tools[0]["vector_store_ids"][0])
    assert (file.id, file.status, file.attributes) == (move.files[file_id].id, "completed", {"week": 1})
    assert file.chunking_strategy.to_dict() == small


def attached(client: openai.OpenAI, path: Path) -> str:
    attachment = {"file_id": upload(client, path, b"a,b"), "tools": [{"type": "code_interpreter"}]}
    return client.beta.threads.create(messages=[{"role": "user", "content": "x", "attachments": [attachment]}]).id


def without_original(client: openai.OpenAI, folder: Path) -> str:
    return attached(client, folder / "data.csv")


def with_another_original(client: openai.OpenAI, folder: Path) -> str:
    thread_id = attached(client, folder / "data.csv")
    (folder / "data.csv").write_bytes(b"another size")
    return thread_id


def with_a_file_that_is_gone(client: openai.OpenAI, folder: Path) -> str:
    thread_id = attached(client, folder / "data.csv")
    client.files.delete(client.files.list().data[0].id)
    return thread_id


def unreadable(client: openai.OpenAI, folder: Path) -> str:
    attachment = {"file_id": upload(client, folder / "a.pdf", b"no pdf"), "tools": [{"type": "file_search"}]}
    return client.beta.threads.create(messages=[{"role": "user", "content": "x", "attachments": [attachment]}]).id


def while_a_run_waits(client: openai.OpenAI, folder: Path) -> str:
    thread = thread_with(client, "Paris and Rome?")
    finish(client, client.beta.threads.runs.create(thread.id, assistant_id=reporter(client).id))
    return thread.id


def cut_off(client: openai.OpenAI, folder: Path) -> str:
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "Tell me all"}])
    finish(client, client.beta.threads.runs.create(thread.id, assistant_id=tutor(client).id))
    return thread.id


def with_a_picture_that_is_gone(client: openai.OpenAI, folder: Path) -> str:
    picture = {"type": "image_file", "image_file": {"file_id": upload(client, folder / "a.png", PNG, "vision")}}
    content = [{"type": "text", "text": "x"}, picture]
    thread = client.beta.threads.create(messages=[{"role": "user", "content": content}])
    client.files.delete(picture["image_file"]["file_id"])
    return thread.id


def citing_without_original(client: openai.OpenAI, folder: Path) -> str:
    thread = client.beta.threads.create()
    store = client.vector_stores.create(file_ids=[upload(client, folder / "sea.txt", SEA)])
    said(client, thread.id, "search", "file_search", tool_resources={"file_search": {"vector_store_ids": [store.id]}})
    return thread.id


LOSSES = [
    (without_original, False, "data.csv: Not allowed to download files of purpose: assistants"),
    (with_another_original, True, "data.csv: Not allowed to download files of purpose: assistants"),
    (with_a_file_that_is_gone, True, "No such File object"),
    (unreadable, True, "it can't be searched"),
    (cut_off, False, "that it was cut off"),
    (with_a_picture_that_is_gone, True, "its picture, file-"),
    (citing_without_original, False, "its citation of file-"),
    (while_a_run_waits, False, "what this run would still have said: it is requires_action"),
]


@pytest.mark.parametrize(("make", "has_originals", "named"), LOSSES, ids=[row[0].__name__ for row in LOSSES])
def test_what_can_not_come_is_named(
    make: Callable, has_originals: bool, named: str, old: openai.OpenAI, new: openai.OpenAI, tmp_path: Path
) -> None:
    thread_id = make(old, tmp_path)
    move = migrate_thread(old, thread_id, to=new, originals=tmp_path.iterdir() if has_originals else ())
    assert [loss for loss in move.losses if named in loss.what] and named in str(move)
    assert move.items == len(items_of(new, move)) == len(old.beta.threads.messages.list(thread_id, limit=100).data)


def test_a_conversation_that_breaks_off_is_taken_away_again(old: openai.OpenAI, new: openai.OpenAI) -> None:
    thread = old.beta.threads.create(messages=[{"role": "user", "content": str(n)} for n in range(30)])
    asked: list[str] = []

    def cut(request) -> None:
        asked.append(f"{request.method} {request.url.path}")
        if len(asked) == 3:
            raise openai.APIConnectionError(request=request)

    new._client.event_hooks = {"request": [cut]}
    with pytest.raises(openai.APIConnectionError):
        migrate_thread(old, thread.id, to=new)
    assert [call.split("/")[-1] for call in asked[1:3]] == ["items", "items"]
    assert asked[3].startswith("DELETE /v1/conversations/conv_")


def test_an_unknown_thread_is_refused_and_nothing_made(old: openai.OpenAI, new: openai.OpenAI, wire: list) -> None:
    with pytest.raises(openai.NotFoundError, match="No thread found"):
        migrate_thread(old, "thread_123456789012345678901234", to=new)
    assert {exchange.method for exchange in wire} == {"GET"}
