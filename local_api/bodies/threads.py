"""Requests of /threads and its messages."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from .shared import Body, CreateToolResources, HostedType, Metadata, ToolResources

TEXT_LIMIT = 256_000
Text = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_LIMIT)]
Detail = Literal["auto", "low", "high"]


class TextPart(Body):
    type: Literal["text"]
    text: Text


class ImageFile(Body):
    file_id: str
    detail: Detail = "auto"


class ImageFilePart(Body):
    type: Literal["image_file"]
    image_file: ImageFile


class ImageURL(Body):
    url: str
    detail: Detail = "auto"


class ImageURLPart(Body):
    type: Literal["image_url"]
    image_url: ImageURL


Part = Annotated[TextPart | ImageFilePart | ImageURLPart, Field(discriminator="type")]
Parts = Annotated[list[Part], Field(min_length=1)]


def _text_or_parts(value: Any) -> str:
    return "~parts" if isinstance(value, list) else "~text"


class AttachmentTool(Body):
    type: HostedType


class Attachment(Body):
    file_id: str
    tools: list[AttachmentTool]


class CreateMessage(Body):
    role: Literal["user", "assistant"]
    content: Annotated[Annotated[Text, Tag("~text")] | Annotated[Parts, Tag("~parts")], Discriminator(_text_or_parts)]
    attachments: list[Attachment] | None = None
    metadata: Metadata | None = None


class ModifyThread(Body):
    tool_resources: ToolResources | None = None
    metadata: Metadata | None = None


class CreateThread(ModifyThread):
    messages: list[CreateMessage] | None = None
    tool_resources: CreateToolResources | None = None
