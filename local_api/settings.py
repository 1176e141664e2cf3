"""The course's settings: from the environment, else from `.env` in the project's root."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

COURSE = Path(__file__).resolve().parent.parent
RECORDINGS = COURSE / "data" / "recordings"
DATABASE = COURSE / ".local_api.sqlite3"
OPENAI_URL = "https://api.openai.com/v1"
MODES = ("recorded", "live")


@dataclass(frozen=True)
class Endpoint:
    """Where a live model is.

    Args:
        base_url: the address of its Responses API, without `/responses`.
        api_key: the key it wants; empty if none.
        model: the model to ask for whatever name the client gave; None for the client's.
    """

    base_url: str
    api_key: str = field(repr=False)
    model: str | None


def read_settings() -> dict[str, str]:
    """All settings by name; what is set to nothing counts as not set."""
    settings = {**dotenv_values(COURSE / ".env"), **os.environ}
    return {name: value for name, value in settings.items() if value}


def chosen_mode(mode: str | None = None) -> str:
    """The mode asked for, else `COURSE_MODE`, else ``"recorded"``. A key alone never makes it live.

    Raises:
        ValueError: it is neither ``"recorded"`` nor ``"live"``.
    """
    chosen = mode or read_settings().get("COURSE_MODE", "recorded")
    if chosen not in MODES:
        raise ValueError(f"mode (or COURSE_MODE) is {chosen!r}; it must be one of {', '.join(MODES)}.")
    return chosen


def chosen_endpoint() -> Endpoint:
    """The endpoint of live mode: each `MODEL_…` setting, else its `OPENAI_…` twin."""
    settings = read_settings()
    return Endpoint(
        settings.get("MODEL_BASE_URL") or settings.get("OPENAI_BASE_URL") or OPENAI_URL,
        settings.get("MODEL_API_KEY") or settings.get("OPENAI_API_KEY") or "",
        settings.get("MODEL_NAME") or settings.get("OPENAI_MODEL"),
    )
