"""Clients of the course's own Assistants API and of today's API, in recorded mode or live."""

from __future__ import annotations

import warnings
from importlib.metadata import version
from typing import TYPE_CHECKING

import openai
from openai import AsyncOpenAI, OpenAI

from local_api.http.in_process import async_client_over, client_over

if TYPE_CHECKING:
    import local_api

# local_api runs in this process: nothing is ever sent to this address, and it takes any key.
BASE_URL = "http://local_api/v1"
API_KEY = "not-needed"

MODEL = "gpt-6-luna"  # what lessons ask for

# How many requests `connect_async` has under way at once: one in recorded mode, so that requests made together are
# always answered in the same order.
WORKERS = {"recorded": 1, "live": 32}

# The application that the latest `connect` opened, for the other clients to share, and its mode.
_latest = None
_mode = "recorded"
_replayed = False  # whether there are recorded objects that another `connect` would leave behind


def connect(lesson: str | None = None, *, mode: str | None = None) -> OpenAI:
    """Open the Assistants API of this course, and print in one line what answers.

    Args:
        lesson: the recording to replay, such as ``"01_basics"``; all recordings if left out.
        mode: ``"recorded"`` or ``"live"``; if left out, `COURSE_MODE` from the environment or from `.env`, and
            ``"recorded"`` if that is not set either. A key in the environment alone never makes it live.

    Returns:
        The official SDK's client. In recorded mode each call starts over with an empty home of objects.

    Raises:
        RuntimeError: the SDK was installed anew while it was in use.
        ValueError: the mode is neither of the two, or another setting can't be used.
        local_api.RecordingError: there is no such recording.
    """
    global _latest, _mode, _replayed
    import local_api  # here, so that importing helpers stays quick

    _refuse_stale_sdk()
    _ignore_deprecations()
    chosen = local_api.chosen_mode(mode)
    if chosen == "live":
        home = local_api.live_home()
        endpoint = local_api.chosen_endpoint()
        print(_described_endpoint(endpoint, endpoint.model or "the model that each assistant names"))
    else:
        home = local_api.recorded_home(local_api.recordings_folder(), lesson)
        print(_provenance(home) + ("; started over, earlier objects are gone" if _replayed else ""))
        _replayed = True
    _latest, _mode = local_api.create_app(home), chosen
    return _client_of_latest()


def connect_async() -> AsyncOpenAI:
    """The `async` twin of the latest `connect`: another client of the same objects.

    Raises:
        RuntimeError: there is no client yet to be the twin of.
    """
    _check_connected("connect_async")
    http_client = async_client_over(_latest, WORKERS[_mode])
    client = AsyncOpenAI(api_key=API_KEY, base_url=BASE_URL, http_client=http_client)
    # The SDK looks the platform up in a thread at the first request, which would shuffle requests made together.
    client._platform = "Unknown"
    return client


def connect_today() -> tuple[OpenAI, str]:
    """Open today's API, the one with responses and conversations, and print in one line what answers.

    Returns:
        A client and the name of the model to ask for. In recorded mode it is another client of the latest `connect`,
        since local_api has today's API too. Live, it talks to the endpoint itself, with nothing of the course between.

    Raises:
        RuntimeError: there is no client yet whose mode to share.
    """
    import local_api

    _check_connected("connect_today")
    if _mode == "recorded":
        print("recorded mode: today's API, with the same objects and replies")
        return _client_of_latest(), MODEL
    endpoint = local_api.chosen_endpoint()
    model = endpoint.model or MODEL
    print(f"{_described_endpoint(endpoint, model)}, with nothing of the course between")
    return local_api.endpoint_client(endpoint), model


def skip_time(client: OpenAI, seconds: int) -> None:
    """Move a recorded lesson's clock on, for instance past the time at which a run expires.

    Args:
        client: what `connect` returned.
        seconds: how far, at least 1.

    Raises:
        openai.BadRequestError: the client is live; nobody can skip the wall clock's time.
    """
    client.post("/local/skip_time", body={"seconds": seconds}, cast_to=object)


def _check_connected(wanted: str) -> None:
    if _latest is None:
        raise RuntimeError(f"Call connect(...) first: {wanted} shares what it opened.")


def _client_of_latest() -> OpenAI:
    return OpenAI(api_key=API_KEY, base_url=BASE_URL, http_client=client_over(_latest))


def _refuse_stale_sdk() -> None:
    """Where a notebook service had loaded an older SDK before the setup cell renewed it, calls fail in odd ways."""
    if openai.__version__ != version("openai"):
        raise RuntimeError(
            f"openai {version('openai')} has been installed, but this session still uses {openai.__version__}: "
            "restart the session, then run this cell again."
        )


def _described_endpoint(endpoint: local_api.Endpoint, model: str) -> str:
    key = "with a key" if endpoint.api_key else "without a key"
    return f"live mode: {model} at {endpoint.base_url}, {key}"


def _provenance(home: local_api.Home) -> str:
    recordings = home.recordings
    if len(recordings) > 1:
        return f"recorded mode: all {len(recordings)} lessons"
    recording = recordings[0]
    file = f"data/recordings/{recording.name}.json"
    return f"recorded mode: replies from {file}, {recording.source} on {recording.date.isoformat()}"


def _ignore_deprecations() -> None:
    """Quiet the SDK's reminder that the Assistants API is deprecated: it would stand under every cell.

    Lesson 01 tells it once, and lesson 06 does what it asks for.
    """
    warnings.filterwarnings("ignore", r"(The Assistants API is )?deprecated", DeprecationWarning)
