"""Query strings: the page of a list, and `include[]`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field

from .shared import Body


@dataclass(frozen=True)
class PageRequest:
    """Which page of a list is asked for.

    Args:
        limit: the maximum number of objects.
        order: by time of creation.
        after, before: ids of objects between which the page is; None for the ends of the list.
    """

    limit: int
    order: Literal["asc", "desc"]
    after: str | None = None
    before: str | None = None


class PageQuery(Body):
    limit: Annotated[int, Field(ge=1, le=100, strict=False)] = 20
    order: Literal["asc", "desc"] = "desc"
    after: str | None = None
    before: str | None = None


INCLUDE: Final = "include[]"  # how the SDK spells the repeated parameter


class IncludeQuery(Body):
    include: list[Literal["step_details.tool_calls[*].file_search.results[*].content"]] = Field([], alias=INCLUDE)


class StepPageQuery(PageQuery, IncludeQuery):
    pass


class MessagePageQuery(PageQuery):
    run_id: str | None = None
