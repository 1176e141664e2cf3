"""Clients of the course's own Assistants API and of the API that followed it, recorded or live."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import openai
from openai import AsyncOpenAI, OpenAI

from local_api.http.in_process import async_client_over, client_over

if TYPE_CHECKING:
    from flask import Flask

    import local_api

# local_api runs in this process: nothing is ever sent to this address, and any key will do.
BASE_URL = "http://local_api/v1"
API_KEY = "not-needed"

MODEL = "gpt-6-luna"  # the model that the lessons ask for

# How many requests `connect_async` runs at once: one in recorded mode, so that requests made together are always
# answered in the same order.
WORKERS = {"recorded": 1, "live": 32}


@dataclass(frozen=True)
class Connection:
    """What the latest `connect` opened.

    Args:
        app: the application that answers, shared by all clients.
        mode: ``"recorded"`` or ``"live"``.
        has_replayed: whether this `connect` or an earlier one was in recorded mode.
    """

    app: Flask
    home: local_api.Home
    mode: str
    has_replayed: bool


# `connect_async` and `connect_today` take no client, so the latest connection has to be kept here.
_latest: Connection | None = None


def connect(lesson: str | None = None, *, mode: str | None = None) -> OpenAI:
    """Open the Assistants API of this course, and print one line about what answers.

    Args:
        lesson: the recording to replay, such as ``"01_basics"``; all recordings if left out.
        mode: ``"recorded"`` or ``"live"``. If left out, `COURSE_MODE` from the environment or from `.env`, and
            ``"recorded"`` if that is not set either. A key in the environment alone never makes it live.

    Returns:
        The official SDK's client. In recorded mode each call starts over without any objects.

    Raises:
        RuntimeError: the SDK was upgraded while it was in use.
        ValueError: the mode is neither of the two, or another setting is invalid.
        local_api.RecordingError: there is no such recording.
    """
    global _latest
    import local_api  # here, to keep `import helpers` fast

    _refuse_stale_sdk()
    _ignore_deprecations()
    has_replayed = _latest is not None and _latest.has_replayed
    if _latest:
        _latest.home.python.close()  # or each new connection would leave the Python sessions of the one before
    chosen = local_api.chosen_mode(mode)
    if chosen == "live":
        home = local_api.live_home()
        endpoint = local_api.chosen_endpoint()
        print(_endpoint_line(endpoint, endpoint.model or "the model that each assistant names"))
    else:
        home = local_api.recorded_home(local_api.recordings_folder(), lesson)
        print(_recording_line(home) + ("; started over, earlier objects are gone" if has_replayed else ""))
        has_replayed = True
    _latest = Connection(local_api.create_app(home), home, chosen, has_replayed)
    return _client_of(_latest)


def connect_async() -> AsyncOpenAI:
    """Open an `async` client of the same objects as the latest `connect`.

    Raises:
        RuntimeError: `connect` has not been called yet.
    """
    connection = latest_connection()
    http_client = async_client_over(connection.app, WORKERS[connection.mode])
    client = AsyncOpenAI(api_key=API_KEY, base_url=BASE_URL, http_client=http_client)
    # At the first request the SDK looks up the platform in a thread, which would reorder requests made together.
    client._platform = "Unknown"
    return client


def connect_today() -> tuple[OpenAI, str]:
    """Open today's API, the one with responses and conversations, and print one line about what answers.

    Returns:
        A client and the name of the model to ask for. In recorded mode it is another client of the latest `connect`,
        since local_api has today's API too. Live, it talks to the endpoint directly, without local_api.

    Raises:
        RuntimeError: `connect` has not been called yet.
    """
    import local_api

    connection = latest_connection()
    if connection.mode == "recorded":
        print("recorded mode: today's API, with the same objects and replies")
        return _client_of(connection), MODEL
    endpoint = local_api.chosen_endpoint()
    model = endpoint.model or MODEL
    print(f"{_endpoint_line(endpoint, model)}, without local_api in between")
    return local_api.endpoint_client(endpoint), model


def skip_time(client: OpenAI, seconds: int) -> None:
    """Move a recorded lesson's clock forward, for instance past the time at which a run expires.

    Args:
        client: what `connect` returned.
        seconds: how far, at least 1.

    Raises:
        openai.BadRequestError: the client is live, where time is the wall clock's.
    """
    client.post("/local/skip_time", body={"seconds": seconds}, cast_to=object)


def latest_connection() -> Connection:
    """What the latest `connect` opened.

    Raises:
        RuntimeError: `connect` has not been called yet.
    """
    if _latest is None:
        raise RuntimeError("Call connect(...) first: the other clients share what it opened.")
    return _latest


def _client_of(connection: Connection) -> OpenAI:
    return OpenAI(api_key=API_KEY, base_url=BASE_URL, http_client=client_over(connection.app))


def _refuse_stale_sdk() -> None:
    """Raise if the setup cell upgraded an SDK that this session had already loaded: its calls fail in odd ways."""
    if openai.__version__ != version("openai"):
        raise RuntimeError(
            f"openai {version('openai')} has been installed, but this session still uses {openai.__version__}: "
            "restart the session, then run this cell again."
        )


def _endpoint_line(endpoint: local_api.Endpoint, model: str) -> str:
    key = "with a key" if endpoint.api_key else "without a key"
    return f"live mode: {model} at {endpoint.base_url}, {key}"


def _recording_line(home: local_api.Home) -> str:
    recordings = home.lesson.recordings
    if len(recordings) > 1:
        return f"recorded mode: all {len(recordings)} lessons"
    recording = recordings[0]
    file = f"data/recordings/{recording.name}.json"
    return f"recorded mode: replies from {file}, {recording.source} on {recording.date.isoformat()}"


def _ignore_deprecations() -> None:
    """Silence the SDK's reminder that the Assistants API is deprecated, which would appear under every cell.

    Lesson 01 explains it once, and lesson 06 follows its advice.
    """
    warnings.filterwarnings("ignore", r"(The Assistants API is )?deprecated", DeprecationWarning)
