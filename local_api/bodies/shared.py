"""Pieces that several requests share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError


class Body(BaseModel):
    """A request: unknown members are refused, and nothing is converted (``"1"`` is not a number)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    def given(self) -> dict[str, Any]:
        """What the client sent, as JSON: omitted members stay omitted, an explicit null is None."""
        return self.model_dump(mode="json", exclude_unset=True, by_alias=True)


OWN_TAG = "~"  # begins the names of variants that have no `type` of their own

MetadataKey = Annotated[str, StringConstraints(max_length=64)]
MetadataValue = Annotated[str, StringConstraints(max_length=512)]
Metadata = Annotated[dict[MetadataKey, MetadataValue], Field(max_length=16)]
FunctionName = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_-]+$")]
Temperature = Annotated[float, Field(ge=0, le=2, strict=False)]
TopP = Annotated[float, Field(ge=0, le=1, strict=False)]
ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class RankingOptions(Body):
    score_threshold: Annotated[float, Field(ge=0, le=1, strict=False)]
    ranker: Literal["auto", "default_2024_08_21"] = "default_2024_08_21"


class FileSearchOptions(Body):
    max_num_results: Annotated[int, Field(ge=1, le=50)] | None = None
    ranking_options: RankingOptions | None = None


HostedType = Literal["code_interpreter", "file_search"]  # the tools that this API runs itself, as clients name them


class CodeInterpreterTool(Body):
    type: Literal["code_interpreter"]


class FileSearchTool(Body):
    type: Literal["file_search"]
    file_search: FileSearchOptions | None = None


class Function(Body):
    name: FunctionName
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class FunctionTool(Body):
    type: Literal["function"]
    function: Function


Tool = Annotated[CodeInterpreterTool | FunctionTool | FileSearchTool, Field(discriminator="type")]


class JSONSchema(Body):
    name: FunctionName
    description: str | None = None
    schema_: dict[str, Any] | None = Field(None, alias="schema")
    strict: bool | None = None


class TextFormat(Body):
    type: Literal["text"]


class JSONObjectFormat(Body):
    type: Literal["json_object"]


class JSONSchemaFormat(Body):
    type: Literal["json_schema"]
    json_schema: JSONSchema


AnyFormat = Annotated[TextFormat | JSONObjectFormat | JSONSchemaFormat, Field(discriminator="type")]


def _word_or_object(value: Any) -> str:
    return "~object" if isinstance(value, (dict, BaseModel)) else "~word"


ResponseFormat = Annotated[
    Annotated[Literal["auto"], Tag("~word")] | Annotated[AnyFormat, Tag("~object")], Discriminator(_word_or_object)
]


class ModelOptions(Body):
    """What assistants and runs both say about the model's replies."""

    instructions: Annotated[str, StringConstraints(max_length=256_000)] | None = None
    metadata: Metadata | None = None
    temperature: Temperature | None = None
    top_p: TopP | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: ReasoningEffort | None = None


class CodeInterpreterFiles(Body):
    file_ids: Annotated[list[str], Field(max_length=20)] = []


class VectorStoreIds(Body):
    vector_store_ids: Annotated[list[str], Field(max_length=1)] = []


class ToolResources(Body):
    code_interpreter: CodeInterpreterFiles | None = None
    file_search: VectorStoreIds | None = None


class StaticChunks(Body):
    max_chunk_size_tokens: Annotated[int, Field(ge=100, le=4096)]
    chunk_overlap_tokens: Annotated[int, Field(ge=0)]

    @field_validator("chunk_overlap_tokens")
    @classmethod
    def _half_at_most(cls, overlap: int, info: ValidationInfo) -> int:
        half = info.data.get("max_chunk_size_tokens", 4096) // 2
        if overlap > half:
            raise PydanticKnownError("less_than_equal", {"le": half})
        return overlap


class StaticChunking(Body):
    type: Literal["static"]
    static: StaticChunks


class AutoChunking(Body):
    type: Literal["auto"]


ChunkingStrategy = Annotated[AutoChunking | StaticChunking, Field(discriminator="type")]


class NewVectorStore(Body):
    """A vector store that is created together with its assistant or thread."""

    file_ids: Annotated[list[str], Field(max_length=10_000)] | None = None
    chunking_strategy: ChunkingStrategy | None = None
    metadata: Metadata | None = None


class NewVectorStores(VectorStoreIds):
    vector_stores: Annotated[list[NewVectorStore], Field(max_length=1)] | None = None

    @field_validator("vector_stores")
    @classmethod
    def _only_one(cls, stores: list[NewVectorStore] | None, info: ValidationInfo) -> list[NewVectorStore] | None:
        if stores and info.data.get("vector_store_ids"):
            raise PydanticCustomError("exclusive", "give either 'vector_store_ids' or 'vector_stores', not both")
        return stores


class CreateToolResources(ToolResources):
    file_search: NewVectorStores | None = None


class MetadataOnly(Body):
    """The modify request of objects whose metadata alone can change."""

    metadata: Metadata | None = None
