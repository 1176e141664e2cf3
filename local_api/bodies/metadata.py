"""Metadata when an object is modified."""

from __future__ import annotations

from collections.abc import Mapping

from .shared import MetadataOnly
from .translate import check


def merged_metadata(old: Mapping[str, str], given: Mapping[str, str] | None) -> dict[str, str]:
    """Metadata after a change: the given keys are set, others stay; null clears them all.

    Raises:
        APIError: 400 if there are too many keys in all.
    """
    merged = {} if given is None else {**old, **given}
    check(MetadataOnly, {"metadata": merged})
    return merged
