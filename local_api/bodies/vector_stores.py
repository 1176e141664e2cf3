"""Requests of /vector_stores, their files and their batches."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from .queries import PageQuery
from .shared import Body, ChunkingStrategy, Metadata

# JSON can express numbers too large for a float (1e999). Python reads them as infinity, which JSON can't express.
Number = Annotated[int, Tag("~integer")] | Annotated[float, Field(allow_inf_nan=False), Tag("~decimal")]
NAMES = {bool: "~truth", int: "~integer", float: "~decimal"}


def _kind_of_value(value: Any) -> str:
    return NAMES.get(type(value), "~text")


def _kind_of_operand(value: Any) -> str:
    return "~list" if isinstance(value, list) else _kind_of_value(value)


AttributeKey = Annotated[str, StringConstraints(max_length=64)]
AttributeText = Annotated[str, StringConstraints(max_length=512)]
AttributeValue = Annotated[
    Annotated[AttributeText, Tag("~text")] | Annotated[bool, Tag("~truth")] | Number, Discriminator(_kind_of_value)
]
Attributes = Annotated[dict[AttributeKey, AttributeValue], Field(max_length=16)]


class ExpiresAfter(Body):
    anchor: Literal["last_active_at"]
    days: Annotated[int, Field(ge=1, le=365)]


class ModifyVectorStore(Body):
    name: str | None = None
    expires_after: ExpiresAfter | None = None
    metadata: Metadata | None = None


class CreateVectorStore(ModifyVectorStore):
    description: str | None = None
    file_ids: Annotated[list[str], Field(max_length=500)] | None = None
    chunking_strategy: ChunkingStrategy | None = None


class CreateStoreFile(Body):
    file_id: str
    attributes: Attributes | None = None
    chunking_strategy: ChunkingStrategy | None = None


class ModifyStoreFile(Body):
    attributes: Attributes | None


class CreateBatch(Body):
    """`attributes` and `chunking_strategy` apply to all of `file_ids`; each of `files` has its own."""

    file_ids: Annotated[list[str], Field(min_length=1, max_length=2000)] | None = None
    files: Annotated[list[CreateStoreFile], Field(min_length=1, max_length=2000)] | None = None
    attributes: Attributes | None = None
    chunking_strategy: ChunkingStrategy | None = None

    @field_validator("files")
    @classmethod
    def _only_one(cls, files: list[CreateStoreFile] | None, info: ValidationInfo) -> list[CreateStoreFile] | None:
        if files is not None and info.data.get("file_ids") is not None:
            raise PydanticCustomError("exclusive", "give either 'file_ids' or 'files', not both")
        return files


class StoreFilePageQuery(PageQuery):
    filter: Literal["in_progress", "completed", "failed", "cancelled"] | None = None


class Comparison(Body):
    type: Literal["eq", "ne", "gt", "gte", "lt", "lte"]
    key: str
    value: Annotated[
        Annotated[str, Tag("~text")] | Annotated[bool, Tag("~truth")] | Number, Discriminator(_kind_of_value)
    ]


class Membership(Body):
    type: Literal["in", "nin"]
    key: str
    value: list[Annotated[Annotated[str, Tag("~text")] | Number, Discriminator(_kind_of_value)]]


class Combination(Body):
    type: Literal["and", "or"]
    filters: list[Filter]


Filter = Annotated[Comparison | Membership | Combination, Field(discriminator="type")]
Combination.model_rebuild()


class SearchRanking(Body):
    ranker: Literal["none", "auto", "default-2024-11-15"] = "auto"
    score_threshold: Annotated[float, Field(ge=0, le=1, strict=False)] = 0.0


class Search(Body):
    query: Annotated[
        Annotated[str, Tag("~text")] | Annotated[list[str], Field(min_length=1), Tag("~list")],
        Discriminator(_kind_of_operand),
    ]
    max_num_results: Annotated[int, Field(ge=1, le=50)] = 10
    rewrite_query: bool = False
    filters: Filter | None = None
    ranking_options: SearchRanking | None = None
