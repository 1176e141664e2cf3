"""What became of a thread that was moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from openai.types import FileObject


class Loss(NamedTuple):
    """Something that did not come along.

    Attributes:
        id: of the message, file, run or thread whose it was, by its old name.
        what: in words, with the value itself where it is short.
    """

    id: str
    what: str


@dataclass(frozen=True)
class Migration:
    """What became of a thread. Printed, it is a report.

    Attributes:
        conversation_id: where its messages are now.
        items: how many they are.
        files: the copies of its files, by the ids of the old ones.
        tools: what to send along with each response, so that the model can use those files.
        losses: what did not come along.
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
