"""Who may use the server: decided from a request's headers, before its body is read."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from local_api.errors import APIError
from local_api.settings import is_loopback

# A host and perhaps a port, and nothing that only some parsers would take for another part of an address.
PLAIN_HOST = re.compile(r"[\w.\-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?", re.ASCII)


class Guard:
    """Decides who may use the server.

    On loopback any key is accepted, but a web page must not reach the API, since it can run code: requests that
    name a foreign host, or that a browser sends for a foreign page, are refused. Elsewhere the key must be right.

    Args:
        key: the key to demand; None on loopback.
    """

    def __init__(self, key: str | None = None) -> None:
        self._key = key

    def refusal(self, headers: Mapping[str, str]) -> APIError | None:
        """Why a request is refused; None if it isn't.

        Args:
            headers: by their names in capitals, with underscores.
        """
        if self._key is not None:
            given = headers.get("AUTHORIZATION", "").removeprefix("Bearer ")
            return None if hmac.compare_digest(given.encode(), self._key.encode()) else wrong_key(given)
        host, origin = headers.get("HOST"), headers.get("ORIGIN")
        if host is not None and not (PLAIN_HOST.fullmatch(host) and is_loopback(host_of(f"//{host}"))):
            return _foreign(f"Host '{host}'")
        if origin is not None and not is_loopback(host_of(origin)):
            return _foreign(f"Origin '{origin}'")
        # Browsers leave Origin out of plain GETs, and say here where the page is from (Fetch Metadata, W3C).
        if headers.get("SEC_FETCH_SITE") == "cross-site":
            return _foreign("A page of another site")
        return None


def _foreign(who: str) -> APIError:
    return APIError(403, f"{who} is not this machine, and this server serves this machine only.")


def wrong_key(given: str) -> APIError:
    """401 for a key that isn't the one demanded; the key is not repeated."""
    shown = f"{given[:3]}…" if len(given) > 8 else "…"
    message = f"Incorrect API key provided: {shown}. This server wants the key in its LOCAL_API_KEY."
    return APIError(401, message, code="invalid_api_key")


def host_of(address: str) -> str:
    """The host in an address, without its port; empty if it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
