"""Messages of a thread as items of a conversation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openai.types.beta.threads import Message, Text

from .files import Files
from .report import Loss


def item_of(message: Message, files: Files, losses: list[Loss]) -> dict[str, Any] | None:
    """A message as an item; None if nothing of it can be carried.

    Args:
        message: of a thread.
        files: which takes along those that it shows and cites.
        losses: what does not come along is added to these.
    """
    losses += [Loss(message.id, what) for what in _beside_content(message, files)]
    content = list(_parts(message, files, losses))
    return {"type": "message", "role": message.role, "content": content} if content else None


def _beside_content(message: Message, files: Files) -> Iterator[str]:
    if message.metadata:
        yield f"its metadata, {message.metadata}"
    if message.status == "incomplete":
        yield f"that it was cut off ({message.incomplete_details.reason})"
    for attachment in message.attachments or []:
        if attachment.file_id is None:
            continue
        if new := files.copy(attachment.file_id):
            yield f"that {new.filename} was attached to it; the whole conversation has the file"
        else:
            yield f"its attachment {attachment.file_id}"


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
    """A reply's text: its marks go, and what they cite is noted beside it, with the place where the mark was."""
    value, annotations, end = "", [], 0
    for note in sorted(text.annotations, key=lambda note: note.start_index):
        if note.type == "file_path":
            new = files.copy(note.file_path.file_id)
            losses.append(Loss(message_id, f"where {note.text} leads" + (f": the file is now {new.id}" if new else "")))
            continue
        value += text.value[end : note.start_index]
        end = note.end_index
        id = note.file_citation.file_id
        if new := files.copy(id):
            place = {"type": "file_citation", "file_id": new.id, "filename": new.filename, "index": len(value)}
            annotations.append(place)
        else:
            losses.append(Loss(message_id, f"its citation of {id} at {len(value)}"))
    return {"type": "output_text", "text": value + text.value[end:], "annotations": annotations}
