"""The course's settings: from the environment, else from `.env` in the project's root."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from .data import data_folder

COURSE = Path(__file__).resolve().parent.parent
OPENAI_URL = "https://api.openai.com/v1"
MODES = ("recorded", "live")


@dataclass(frozen=True)
class Endpoint:
    """Where a live model is.

    Args:
        base_url: the address of its Responses API, without `/responses`.
        api_key: the key that it wants; empty if it wants none.
        model: the model to ask for, whatever name the client gave; None for the client's own.
    """

    base_url: str
    api_key: str = field(repr=False)
    model: str | None


def read_settings() -> dict[str, str]:
    """All settings by name; an empty one counts as not set.

    Raises:
        ValueError: `.env` isn't text.
    """
    try:
        settings = {**dotenv_values(COURSE / ".env"), **os.environ}
    except UnicodeDecodeError:
        raise ValueError(
            f"{COURSE / '.env'} isn't a text in UTF-8. Open it in an editor and save it as UTF-8."
        ) from None
    return {name: value for name, value in settings.items() if value}


def recordings_folder() -> Path:
    """Where recordings are: `COURSE_RECORDINGS` (the recorder tries out a new one elsewhere), else in the course."""
    return COURSE / read_settings().get("COURSE_RECORDINGS", data_folder() / "recordings")


def database_file() -> Path:
    """Where live objects are kept: `LOCAL_API_DB`, else in the project's root."""
    return COURSE / read_settings().get("LOCAL_API_DB", ".local_api.sqlite3")


def recorder_file() -> Path | None:
    """Where live answers are kept for a new recording, if `COURSE_RECORD_TO` names a file."""
    name = read_settings().get("COURSE_RECORD_TO")
    return Path(name) if name else None


def local_code_is_allowed() -> bool:
    """Whether a live model's code may run without a sandbox: `ALLOW_LOCAL_CODE=1`."""
    return read_settings().get("ALLOW_LOCAL_CODE") == "1"


def server_key() -> str | None:
    """The key that clients of a server on a public address must send, from `LOCAL_API_KEY`; None if it isn't set.

    Raises:
        ValueError: no client could send it.
    """
    key = read_settings().get("LOCAL_API_KEY")
    if key is not None and not re.fullmatch(r"[!-~]+", key):
        # The key itself is not repeated. HTTP headers hold visible ASCII only, and lose blanks around it (RFC 9110).
        raise ValueError("LOCAL_API_KEY holds a blank, or a character that no client can send: use ASCII letters.")
    return key


def most_sessions() -> int | None:
    """How many Python sessions may be kept at once, from `LOCAL_API_SESSIONS`; None to go by the machine's memory.

    Raises:
        ValueError: it isn't a number from 1 on.
    """
    text = read_settings().get("LOCAL_API_SESSIONS")
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"LOCAL_API_SESSIONS is {text!r}; it must be a number from 1 on.")
    return int(text)


def chosen_mode(mode: str | None = None) -> str:
    """The mode that was asked for, else `COURSE_MODE`, else ``"recorded"``. A key alone never makes it live.

    Raises:
        ValueError: it is neither ``"recorded"`` nor ``"live"``.
    """
    chosen = mode or read_settings().get("COURSE_MODE", "recorded")
    if chosen not in MODES:
        raise ValueError(f"mode (or COURSE_MODE) is {chosen!r}; it must be one of {', '.join(MODES)}.")
    return chosen


def chosen_endpoint() -> Endpoint:
    """The endpoint of live mode: each `MODEL_…` setting, else its `OPENAI_…` twin.

    The key in `OPENAI_API_KEY` is for OpenAI only, so it isn't sent to an address in `MODEL_BASE_URL`.

    Raises:
        ValueError: the address isn't one, or the key can't be sent.
    """
    settings = read_settings()
    own_url = settings.get("MODEL_BASE_URL", "").strip().rstrip("/")
    url = own_url or settings.get("OPENAI_BASE_URL", OPENAI_URL).strip().rstrip("/")
    openai_key = "" if own_url not in ("", OPENAI_URL) else settings.get("OPENAI_API_KEY", "")
    key = settings.get("MODEL_API_KEY") or openai_key
    _check_address(url)
    if not re.fullmatch(r"[!-~]*", key.strip()):
        # The key itself is not repeated.
        raise ValueError(
            "MODEL_API_KEY (or OPENAI_API_KEY) holds a space, or a character that no key has: copy it again."
        )
    return Endpoint(url, key.strip(), settings.get("MODEL_NAME") or settings.get("OPENAI_MODEL"))


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_address(url: str) -> None:
    """Refuse an address that isn't one, or that may hold a secret: addresses are printed, and errors contain them."""
    name = "MODEL_BASE_URL (or OPENAI_BASE_URL)"
    if re.search(r"[@?#]", url) or re.match(r"sk-", url):
        raise ValueError(f"{name} holds a password, a query or a key; a key belongs in MODEL_API_KEY.")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises if the port isn't a number
        is_address = parts.scheme in ("http", "https") and parts.hostname and url.isprintable() and " " not in url
    except ValueError:
        is_address = False
    if not is_address:
        raise ValueError(f"{name} is {url!r}, which isn't an address such as http://localhost:11434/v1.")
