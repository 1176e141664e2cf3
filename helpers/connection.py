"""A client of the course's own Assistants API, in recorded mode or live."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from dotenv import dotenv_values
from openai import AsyncOpenAI, OpenAI

from .transport import async_client_over, client_over

COURSE = Path(__file__).resolve().parent.parent
RECORDINGS = COURSE / "data" / "recordings"
MODES = ("recorded", "live")

# local_api runs in this process: nothing is ever sent to this address, and it takes any key.
BASE_URL = "http://local_api/v1"
API_KEY = "not-needed"

_latest = None  # the application that the latest `connect` opened, for `connect_async` to share


def connect(lesson: str | None = None, *, mode: str | None = None) -> OpenAI:
    """Open the Assistants API of this course, and print in one line what answers.

    Args:
        lesson: the recording to replay, such as ``"01_basics"``; all recordings if left out.
        mode: ``"recorded"`` or ``"live"``; if left out, `COURSE_MODE` from the environment or from `.env`, and
            ``"recorded"`` if that is not set either. A key in the environment alone never makes it live.

    Returns:
        The official SDK's client. In recorded mode each call starts over with an empty home of objects.

    Raises:
        ValueError: the mode is neither of the two.
        local_api.RecordingError: there is no such recording.
    """
    global _latest
    import local_api  # here, so that importing helpers stays quick

    _ignore_deprecations()
    mode = _chosen_mode(mode)
    if mode == "live":
        raise ValueError("mode 'live' is not built yet: leave COURSE_MODE at 'recorded'.")
    started_over = "; started over, earlier objects are gone" if _latest else ""
    home = local_api.recorded_home(RECORDINGS, lesson)
    _latest = local_api.create_app(home)
    print(f"recorded mode: {_provenance(home)}{started_over}")
    return OpenAI(api_key=API_KEY, base_url=BASE_URL, http_client=client_over(_latest))


def connect_async() -> AsyncOpenAI:
    """The `async` twin of the latest `connect`: another client of the same objects.

    Raises:
        RuntimeError: there is no client yet to be the twin of.
    """
    if _latest is None:
        raise RuntimeError("Call connect(...) first: connect_async shares its objects.")
    client = AsyncOpenAI(api_key=API_KEY, base_url=BASE_URL, http_client=async_client_over(_latest, workers=1))
    # The SDK looks the platform up in a thread at the first request, which would shuffle requests made together.
    client._platform = "Unknown"
    return client


def skip_time(client: OpenAI, seconds: int) -> None:
    """Move a recorded lesson's clock on, for instance past the time at which a run expires.

    Args:
        client: what `connect` returned.
        seconds: how far, at least 1.

    Raises:
        openai.BadRequestError: the client is live; nobody can skip the wall clock's time.
    """
    client.post("/local/skip_time", body={"seconds": seconds}, cast_to=object)


def _chosen_mode(mode: str | None) -> str:
    settings = {**dotenv_values(COURSE / ".env"), **os.environ}
    chosen = mode or settings.get("COURSE_MODE") or "recorded"
    if chosen not in MODES:
        raise ValueError(f"mode (or COURSE_MODE) is {chosen!r}; it must be one of {', '.join(MODES)}.")
    return chosen


def _provenance(home: object) -> str:
    recordings = home.model.recordings
    if len(recordings) > 1:
        return f"all {len(recordings)} lessons"
    recording = recordings[0]
    return f"{recording.name}, replies {recording.source}, {recording.date.isoformat()}"


def _ignore_deprecations() -> None:
    """Quiet the SDK's reminder that the Assistants API is deprecated: it would stand under every cell.

    Lesson 01 tells it once, and lesson 06 does what it asks for.
    """
    warnings.filterwarnings("ignore", r"(The Assistants API is )?deprecated", DeprecationWarning)
