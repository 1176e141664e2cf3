"""Requests of /assistants."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from .shared import CreateToolResources, ModelOptions, Tool, ToolResources


class ModifyAssistant(ModelOptions):
    model: Annotated[str, StringConstraints(min_length=1)] = ""
    name: Annotated[str, StringConstraints(max_length=256)] | None = None
    description: Annotated[str, StringConstraints(max_length=512)] | None = None
    tools: Annotated[list[Tool], Field(max_length=128)] | None = None
    tool_resources: ToolResources | None = None


class CreateAssistant(ModifyAssistant):
    model: Annotated[str, StringConstraints(min_length=1)]
    tool_resources: CreateToolResources | None = None
