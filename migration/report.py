"""The report on a thread that was moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from openai.types import FileObject


class Loss(NamedTuple):
    """Something that could not be moved.

    Attributes:
        id: of the message, file, run or thread that it belonged to, in the Assistants API.
        what: in words, with the value itself if it is short.
    """

    id: str
    what: str


@dataclass(frozen=True)
class Migration:
    """The result of moving a thread. Printed, it is a report.

    Attributes:
        conversation_id: of the conversation that has its messages now.
        items: the number of these messages.
        files: the copies of its files, by the ids of the originals.
        tools: to be sent with each response, so that the model can use those files.
        losses: what could not be moved.
    """

    conversation_id: str
    items: int
    files: dict[str, FileObject]
    tools: list[dict[str, Any]]
    losses: list[Loss]

    def __str__(self) -> str:
        lines = [f"{self.items} messages are now in {self.conversation_id}"]
        lines += [f"{file.filename}, {old}, is now {file.id}" for old, file in self.files.items()]
        lines += [f"send along the tool {tool['type']}" for tool in self.tools]
        lines += [f"not carried, {loss.id}: {loss.what}" for loss in self.losses]
        return "\n".join(lines)
