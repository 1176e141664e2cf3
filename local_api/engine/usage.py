"""Token counts, as the loop keeps them."""

from __future__ import annotations

from typing import TypedDict

from local_api.model.model import NoRoom


class CachedTokens(TypedDict):
    cached_tokens: int


class ReasoningTokens(TypedDict):
    reasoning_tokens: int


class Usage(TypedDict):
    """The token counts of a run or a step, as clients see them."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_token_details: CachedTokens
    completion_tokens_details: ReasoningTokens


def tokens_of(prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0, reasoning_tokens: int = 0) -> Usage:
    """Token counts of one call of the model."""
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "prompt_token_details": {"cached_tokens": cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": reasoning_tokens},
    }


def sum_of(*counts: Usage | None) -> Usage:
    """Several counts added up; None counts as nothing."""
    known = [count for count in counts if count]
    return tokens_of(
        sum(count["prompt_tokens"] for count in known),
        sum(count["completion_tokens"] for count in known),
        sum(count["prompt_token_details"]["cached_tokens"] for count in known),
        sum(count["completion_tokens_details"]["reasoning_tokens"] for count in known),
    )


def tokens_left(limit: int | None, used: int, reason: str) -> int | None:
    """What is left of a limit on the tokens of the replies; None if there is no limit.

    Raises:
        NoRoom: nothing is left; the reason is given as its text.
    """
    if limit is not None and used >= limit:
        raise NoRoom(reason)
    return None if limit is None else limit - used
