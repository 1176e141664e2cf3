"""Requests of /responses and /conversations."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Field, StringConstraints, Tag, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from .queries import INCLUDE
from .runs import kind_of_choice
from .shared import (
    Body,
    FunctionName,
    HostedType,
    JSONObjectFormat,
    JSONSchema,
    Metadata,
    ReasoningEffort,
    Temperature,
    TextFormat,
    TopP,
)
from .vector_stores import Filter

TEXT_LIMIT = 10_485_760  # characters
MOST_ITEMS = 20  # in one request to a conversation

Text = Annotated[str, StringConstraints(max_length=TEXT_LIMIT)]
ItemStatus = Literal["in_progress", "completed", "incomplete"]
Includable = Literal[
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
]


# --- items ---


class InputText(Body):
    type: Literal["input_text"]
    text: Text


class InputImage(Body):
    type: Literal["input_image"]
    detail: Literal["auto", "low", "high", "original"] = "auto"
    file_id: str | None = None
    image_url: Annotated[str | None, Field(validate_default=True)] = None

    @field_validator("image_url")
    @classmethod
    def _one_of_them(cls, url: str | None, info: ValidationInfo) -> str | None:
        if bool(url) == bool(info.data.get("file_id")):
            raise PydanticCustomError("exclusive", "give either 'file_id' or 'image_url'")
        return url


class FileCitation(Body):
    type: Literal["file_citation"]
    file_id: str
    filename: str
    index: int


class ContainerFileCitation(Body):
    type: Literal["container_file_citation"]
    container_id: str
    file_id: str
    filename: str
    start_index: int
    end_index: int


class URLCitation(Body):
    type: Literal["url_citation"]
    url: str
    title: str
    start_index: int
    end_index: int


Annotation = Annotated[FileCitation | ContainerFileCitation | URLCitation, Field(discriminator="type")]


class OutputText(Body):
    type: Literal["output_text"]
    text: Text
    annotations: list[Annotation] = Field([])
    logprobs: list[dict[str, Any]] | None = None  # accepted, and not stored


class Refusal(Body):
    type: Literal["refusal"]
    refusal: Text


InputPart = Annotated[InputText | InputImage, Field(discriminator="type")]
OutputPart = Annotated[OutputText | Refusal, Field(discriminator="type")]


def _text_or_parts(value: Any) -> str:
    return "~parts" if isinstance(value, list) else "~text"


class Message(Body):
    """A message to the model. Its type may be omitted."""

    type: Literal["message"] = "message"
    role: Literal["user", "system", "developer"]
    content: Annotated[
        Annotated[Text, Tag("~text")] | Annotated[list[InputPart], Field(min_length=1), Tag("~parts")],
        Discriminator(_text_or_parts),
    ]
    id: str | None = None
    status: ItemStatus | None = None


class AssistantMessage(Body):
    """A message from the model, or one that a client has written in its place."""

    type: Literal["message"] = "message"
    role: Literal["assistant"]
    content: Annotated[
        Annotated[Text, Tag("~text")] | Annotated[list[OutputPart], Field(min_length=1), Tag("~parts")],
        Discriminator(_text_or_parts),
    ]
    id: str | None = None
    status: ItemStatus | None = None
    phase: Literal["commentary", "final_answer"] | None = None


class FunctionCall(Body):
    type: Literal["function_call"]
    call_id: str
    name: FunctionName
    arguments: str
    id: str | None = None
    status: ItemStatus | None = None


class FunctionCallOutput(Body):
    type: Literal["function_call_output"]
    call_id: str
    output: Annotated[
        Annotated[Text, Tag("~text")] | Annotated[list[InputText], Tag("~parts")], Discriminator(_text_or_parts)
    ]
    id: str | None = None
    status: ItemStatus | None = None


class SummaryText(Body):
    type: Literal["summary_text"]
    text: str


class ReasoningText(Body):
    type: Literal["reasoning_text"]
    text: str


class Reasoning(Body):
    type: Literal["reasoning"]
    id: str
    summary: list[SummaryText]
    content: list[ReasoningText] | None = None
    encrypted_content: str | None = None
    status: ItemStatus | None = None


class SearchResult(Body):
    file_id: str
    filename: str
    score: Annotated[float, Field(strict=False)] = 0.0
    text: str = ""
    attributes: dict[str, Any] | None = None


class FileSearchCall(Body):
    type: Literal["file_search_call"]
    id: str
    queries: list[str]
    status: Literal["in_progress", "searching", "completed", "incomplete", "failed"]
    results: list[SearchResult] | None = None


class Logs(Body):
    type: Literal["logs"]
    logs: str


class Picture(Body):
    type: Literal["image"]
    url: str


class CodeInterpreterCall(Body):
    type: Literal["code_interpreter_call"]
    id: str
    container_id: str
    code: str | None = None
    status: Literal["in_progress", "completed", "incomplete", "interpreting", "failed"]
    outputs: list[Annotated[Logs | Picture, Field(discriminator="type")]] | None = None


def _kind_of_item(value: Any) -> str | None:
    get = value.get if isinstance(value, dict) else lambda name, default=None: getattr(value, name, default)
    if not isinstance(value, (dict, BaseModel)):
        return None
    kind = get("type", "message")
    return "~assistant" if kind == "message" and get("role") == "assistant" else kind


Item = Annotated[
    Annotated[Message, Tag("message")]
    | Annotated[AssistantMessage, Tag("~assistant")]
    | Annotated[FunctionCall, Tag("function_call")]
    | Annotated[FunctionCallOutput, Tag("function_call_output")]
    | Annotated[Reasoning, Tag("reasoning")]
    | Annotated[FileSearchCall, Tag("file_search_call")]
    | Annotated[CodeInterpreterCall, Tag("code_interpreter_call")],
    Discriminator(_kind_of_item),
]


# --- responses ---


class FunctionTool(Body):
    type: Literal["function"]
    name: FunctionName
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class RankingOptions(Body):
    ranker: Literal["auto", "default-2024-11-15"] = "auto"
    score_threshold: Annotated[float, Field(ge=0, le=1, strict=False)] = 0.0


class FileSearchTool(Body):
    type: Literal["file_search"]
    vector_store_ids: Annotated[list[str], Field(min_length=1)]
    max_num_results: Annotated[int, Field(ge=1, le=50)] | None = None
    ranking_options: RankingOptions | None = None
    filters: Filter | None = None


class AutoContainer(Body):
    type: Literal["auto"]
    file_ids: Annotated[list[str], Field(max_length=50)] = Field([])


def _id_or_object(value: Any) -> str:
    return "~object" if isinstance(value, (dict, BaseModel)) else "~id"


class CodeInterpreterTool(Body):
    type: Literal["code_interpreter"]
    container: Annotated[
        Annotated[str, Tag("~id")] | Annotated[AutoContainer, Tag("~object")], Discriminator(_id_or_object)
    ]


Tool = Annotated[FunctionTool | FileSearchTool | CodeInterpreterTool, Field(discriminator="type")]


class FunctionChoice(Body):
    type: Literal["function"]
    name: FunctionName


class HostedChoice(Body):
    type: HostedType


ToolChoice = Annotated[
    Annotated[Literal["none", "auto", "required"], Tag("~word")]
    | Annotated[FunctionChoice, Tag("~function")]
    | Annotated[HostedChoice, Tag("~built_in")],
    Discriminator(kind_of_choice),
]


class FlatSchemaFormat(JSONSchema):
    type: Literal["json_schema"]
    schema_: dict[str, Any] = Field(alias="schema")


class TextOptions(Body):
    format: Annotated[TextFormat | JSONObjectFormat | FlatSchemaFormat, Field(discriminator="type")] | None = None
    verbosity: Literal["low", "medium", "high"] | None = None


class ReasoningOptions(Body):
    effort: ReasoningEffort | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None


class ConversationId(Body):
    id: str


class StreamOptions(Body):
    include_obfuscation: bool | None = None


def _text_or_items(value: Any) -> str:
    return "~items" if isinstance(value, list) else "~text"


class CreateResponse(Body):
    """Members that matter only to the service's operators are accepted and returned, and have no effect."""

    model: Annotated[str, StringConstraints(min_length=1)]
    input: Annotated[
        Annotated[Text, Tag("~text")] | Annotated[list[Item], Tag("~items")], Discriminator(_text_or_items)
    ] = Field([])
    instructions: Text | None = None
    previous_response_id: str | None = None
    conversation: (
        Annotated[Annotated[str, Tag("~id")] | Annotated[ConversationId, Tag("~object")], Discriminator(_id_or_object)]
        | None
    ) = None
    tools: Annotated[list[Tool], Field(max_length=128)] | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    text: TextOptions | None = None
    include: list[Includable] | None = None
    metadata: Metadata | None = None
    store: bool | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    background: bool | None = None
    max_output_tokens: Annotated[int, Field(ge=16)] | None = None
    temperature: Temperature | None = None
    top_p: TopP | None = None
    reasoning: ReasoningOptions | None = None
    truncation: Literal["auto", "disabled"] | None = None
    service_tier: Literal["auto", "default", "flex", "priority"] | None = None
    prompt_cache_key: str | None = None
    safety_identifier: Annotated[str, StringConstraints(max_length=64)] | None = None
    user: str | None = None


# --- conversations ---


class UpdateConversation(Body):
    metadata: Metadata | None


class CreateConversation(Body):
    items: Annotated[list[Item], Field(max_length=MOST_ITEMS)] | None = None
    metadata: Metadata | None = None


class CreateItems(Body):
    items: Annotated[list[Item], Field(min_length=1, max_length=MOST_ITEMS)]


# --- queries ---


class IncludeQuery(Body):
    include: list[Includable] = Field([], alias=INCLUDE)


class ItemPageQuery(IncludeQuery):
    limit: Annotated[int, Field(ge=1, le=100, strict=False)] = 20
    order: Literal["asc", "desc"] = "desc"
    after: str | None = None
