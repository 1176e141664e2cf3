"""Requests of /threads/{thread_id}/runs and /threads/runs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Field, Tag

from .shared import Body, FunctionName, HostedType, ModelOptions, Tool, ToolResources
from .threads import CreateMessage, CreateThread

TokenLimit = Annotated[int, Field(ge=256)]


class TruncationStrategy(Body):
    type: Literal["auto", "last_messages"]
    last_messages: Annotated[int, Field(ge=1)] | None = None


class FunctionChoiceName(Body):
    name: FunctionName


class FunctionChoice(Body):
    type: Literal["function"]
    function: FunctionChoiceName


class BuiltInChoice(Body):
    type: HostedType


def kind_of_choice(value: Any) -> str:
    """The tag of a tool choice's variant."""
    if not isinstance(value, (dict, BaseModel)):
        return "~word"
    kind = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    return "~function" if kind == "function" else "~built_in"


ToolChoice = Annotated[
    Annotated[Literal["none", "auto", "required"], Tag("~word")]
    | Annotated[FunctionChoice, Tag("~function")]
    | Annotated[BuiltInChoice, Tag("~built_in")],
    Discriminator(kind_of_choice),
]


class RunOptions(ModelOptions):
    """What both ways to create a run have in common."""

    assistant_id: str
    model: str | None = None
    tools: Annotated[list[Tool], Field(max_length=20)] | None = None
    stream: bool | None = None
    max_prompt_tokens: TokenLimit | None = None
    max_completion_tokens: TokenLimit | None = None
    truncation_strategy: TruncationStrategy | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None


class CreateRun(RunOptions):
    additional_instructions: Annotated[str, Field(max_length=256_000)] | None = None
    additional_messages: list[CreateMessage] | None = None


class CreateThreadAndRun(RunOptions):
    thread: CreateThread | None = None
    tool_resources: ToolResources | None = None


class ToolOutput(Body):
    tool_call_id: str
    output: str


class SubmitToolOutputs(Body):
    tool_outputs: list[ToolOutput]
    stream: bool | None = None
