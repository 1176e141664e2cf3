"""Requests of /assistants."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from .shared import (
    Body,
    CreateToolResources,
    Metadata,
    ReasoningEffort,
    ResponseFormat,
    Temperature,
    Tool,
    ToolResources,
    TopP,
)


class ModifyAssistant(Body):
    model: Annotated[str, StringConstraints(min_length=1)] = ""
    name: Annotated[str, StringConstraints(max_length=256)] | None = None
    description: Annotated[str, StringConstraints(max_length=512)] | None = None
    instructions: Annotated[str, StringConstraints(max_length=256_000)] | None = None
    tools: Annotated[list[Tool], Field(max_length=128)] | None = None
    tool_resources: ToolResources | None = None
    metadata: Metadata | None = None
    temperature: Temperature | None = None
    top_p: TopP | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: ReasoningEffort | None = None


class CreateAssistant(ModifyAssistant):
    model: Annotated[str, StringConstraints(min_length=1)]
    tool_resources: CreateToolResources | None = None
