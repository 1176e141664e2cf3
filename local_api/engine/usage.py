"""Token counts, as the loop keeps them."""

from __future__ import annotations


def tokens_of(prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0, reasoning_tokens: int = 0) -> dict:
    """Token counts of a run or a step."""
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "prompt_token_details": {"cached_tokens": cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": reasoning_tokens},
    }


def sum_of(one: dict | None, other: dict | None) -> dict:
    """Two counts together; None counts as nothing."""
    total = tokens_of(0, 0)
    for part in (one, other):
        for name, value in (part or {}).items():
            if isinstance(value, dict):
                for detail in value:
                    total[name][detail] += value[detail]
            else:
                total[name] += value
    return total
