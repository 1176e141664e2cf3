"""Requests of /files."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .shared import Body

PURPOSES = ("fine-tune", "assistants", "batch", "user_data", "vision", "evals")
MAX_BYTES = 512 * 1024 * 1024


class CreateFile(Body):
    """The fields of the upload form, except the file itself."""

    purpose: str
    anchor: Literal["created_at"] | None = Field(None, alias="expires_after[anchor]")
    seconds: Annotated[int, Field(ge=3600, le=2_592_000, strict=False)] | None = Field(
        None, alias="expires_after[seconds]"
    )


class FilePageQuery(Body):
    limit: Annotated[int, Field(ge=1, le=10_000, strict=False)] = 10_000
    order: Literal["asc", "desc"] = "desc"
    after: str | None = None
    purpose: str | None = None
