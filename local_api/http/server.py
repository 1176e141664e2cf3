"""The API over HTTP, for any other client: a guard at the door, and a real WSGI server behind it."""

from __future__ import annotations

import hmac
import ipaddress
import json
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

import waitress.server

from local_api.errors import APIError

THREADS = 128  # requests answered at once; an open stream holds one


class Guard:
    """Lets in who may come in.

    On loopback any key does, but a page in a browser must not reach the API, since it can run code: requests that
    name a foreign host, or come from a foreign origin, are refused. Elsewhere the key must be the right one.

    Args:
        app: the WSGI application behind the door.
        key: the key to demand; None on loopback.
    """

    def __init__(self, app: Callable, key: str | None = None) -> None:
        self._app = app
        self._key = key

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        refusal = self._refusal(environ)
        if refusal is None:
            return self._app(environ, start_response)
        body = json.dumps(refusal.body()).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(f"{refusal.status} Refused", headers)
        return [body]

    def _refusal(self, environ: dict) -> APIError | None:
        if self._key is not None:
            given = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
            return None if hmac.compare_digest(given.encode(), self._key.encode()) else wrong_key(given)
        for header in ("HTTP_HOST", "HTTP_ORIGIN"):
            value = environ.get(header)
            if value is not None and not is_loopback(host_of(value)):
                name = header.removeprefix("HTTP_").title()
                return APIError(403, f"{name} '{value}' is not this machine, and this server serves this machine only.")
        return None


def wrong_key(given: str) -> APIError:
    """401 for a key that is not the one demanded (error 15); the key is not repeated."""
    shown = f"{given[:3]}…" if len(given) > 8 else "…"
    message = f"Incorrect API key provided: {shown}. This server wants the key in its LOCAL_API_KEY."
    return APIError(401, message, code="invalid_api_key")


def host_of(value: str) -> str:
    """The host in a Host or Origin header, without its port."""
    try:
        return urlsplit(value if "://" in value else f"//{value}").hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def serve(app: Callable, host: str, port: int, key: str | None) -> None:
    """Serve until interrupted. The first line on stdout is the base URL, once connections are accepted.

    Args:
        app: the WSGI application.
        host: the address to listen on.
        port: the port, or 0 for any free one.
        key: the key that clients must send; None for any, on loopback.

    Raises:
        OSError: the address can't be had.
    """
    # send_bytes=1: each event of a stream goes out when it happens, and not when a buffer is full.
    # One kind of address only: a name that has both (localhost, mostly) would give two servers and no single port.
    server = waitress.server.create_server(
        Guard(app, key), host=host, port=port, threads=THREADS, send_bytes=1, ipv6=":" in host
    )
    shown = f"[{host}]" if ":" in host else host
    print(f"http://{shown}:{server.effective_port}/v1", flush=True)
    server.run()
