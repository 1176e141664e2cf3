"""Turns messages of a thread into items of a conversation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, TypedDict

from openai.types.beta.threads import Message, Text

from .files import Files
from .report import Loss


class Item(TypedDict):
    """A message of a conversation, to be created.

    None of the SDK's types fits: those for what an assistant said demand an id and a status.
    """

    type: Literal["message"]
    role: Literal["user", "assistant"]
    content: list[dict[str, Any]]


def item_of(message: Message, files: Files, losses: list[Loss]) -> Item | None:
    """The item for a message.

    Args:
        message: of a thread.
        files: copies the files that the message shows and cites.
        losses: what can't be moved is added to this list.

    Returns:
        The item, or None if nothing of the message can be moved.
    """
    losses += [Loss(message.id, what) for what in _lost_beside_content(message, files)]
    content = list(_parts(message, files, losses))
    return {"type": "message", "role": message.role, "content": content} if content else None


def _lost_beside_content(message: Message, files: Files) -> Iterator[str]:
    if message.metadata:
        yield f"its metadata, {message.metadata}"
    if message.status == "incomplete":
        yield f"that it was cut off ({_reason(message)})"
    for attachment in message.attachments or []:
        if attachment.file_id is None:
            continue
        if new := files.copy(attachment.file_id):
            yield f"that {new.filename} was attached to it; the whole conversation has the file"
        else:
            yield f"its attachment {attachment.file_id}"


def _reason(message: Message) -> str:
    return message.incomplete_details.reason if message.incomplete_details else "no reason is given"


def _parts(message: Message, files: Files, losses: list[Loss]) -> Iterator[dict[str, Any]]:
    for part in message.content:
        if part.type == "text" and message.role == "user":
            yield {"type": "input_text", "text": part.text.value}
        elif part.type == "text":
            yield _output_text(message.id, part.text, files, losses)
        elif part.type == "refusal":
            yield {"type": "refusal", "refusal": part.refusal}
        elif part.type == "image_url" and message.role == "user":
            yield {"type": "input_image", "image_url": part.image_url.url, "detail": part.image_url.detail or "auto"}
        elif part.type == "image_url":
            losses.append(Loss(message.id, f"its picture, {part.image_url.url}: no item of an assistant's holds one"))
        elif (new := files.copy(part.image_file.file_id)) is None:
            losses.append(Loss(message.id, f"its picture, {part.image_file.file_id}"))
        elif message.role == "user":
            yield {"type": "input_image", "file_id": new.id, "detail": part.image_file.detail or "auto"}
        else:
            losses.append(Loss(message.id, f"its picture, now {new.id}: no item of an assistant's holds one"))


def _output_text(message_id: str, text: Text, files: Files, losses: list[Loss]) -> dict[str, Any]:
    """A reply's text without its citation marks; the annotations say what each cited, and at which index it was."""
    value, end = "", 0
    annotations: list[dict[str, Any]] = []
    for note in sorted(text.annotations, key=lambda note: note.start_index):
        if note.type == "file_path":
            new = files.copy(note.file_path.file_id)
            losses.append(Loss(message_id, f"where {note.text} leads" + (f": the file is now {new.id}" if new else "")))
            continue
        value += text.value[end : note.start_index]
        end = note.end_index
        cited = note.file_citation.file_id
        if new := files.copy(cited):
            citation = {"type": "file_citation", "file_id": new.id, "filename": new.filename, "index": len(value)}
            annotations.append(citation)
        else:
            losses.append(Loss(message_id, f"its citation of {cited} at {len(value)}"))
    return {"type": "output_text", "text": value + text.value[end:], "annotations": annotations}
