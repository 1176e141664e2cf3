"""The API over HTTP, for any other client: waitress, with the guard in front of each request's body.

Why waitress and not another server, measured: docs/ARCHITECTURE.md, "The server".
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, cast

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import create_server
from waitress.utilities import Error
from werkzeug.wsgi import ClosingIterator

from local_api.errors import DISK_FULL, APIError, disk_full

from .guard import Guard
from .sse import MEDIA_TYPE

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

THREADS = 64  # requests answered at once; each open stream adds one
CONNECTIONS = 4000  # open at once, as far as the system lets a process open files
FILES_KEPT = 300  # of those that the system allows: for the database, uploads, and sessions of code
HEADER_SECONDS = 20  # for a request's headers to arrive
IDLE_SECONDS = 120  # for a connection without a request; waitress closes it then


class _Refused(Error):
    """A refusal, as waitress answers it: it closes the connection afterwards."""

    def __init__(self, error: APIError) -> None:
        self.code, self.reason, self.body = error.status, "Refused", json.dumps(error.body())

    def to_response(  # type: ignore[override]  # the stubs say str; waitress itself returns and writes bytes
        self, ident: str | None = None
    ) -> tuple[str, list[tuple[str, str]], bytes]:
        """Status, headers and body."""
        headers = [("Content-Type", "application/json")]
        if self.code >= 500:
            headers.append(("x-should-retry", "false"))  # the SDK would send the same upload three times
        return f"{self.code} {self.reason}", headers, self.body.encode()


class _GuardedParser(HTTPRequestParser):
    """Refuses a request when its headers are complete, so that no byte of its body is read or stored."""

    guard: Guard

    _to_drop = 0  # bytes of a refused body that are still to come

    def received(self, data: bytes) -> int:
        if self._to_drop:
            dropped = min(len(data), self._to_drop)
            self._to_drop -= dropped
            self.completed = not self._to_drop
            return dropped
        try:
            taken: int = super().received(data)
            return taken
        except OSError as error:  # a large body is kept in a temporary file meanwhile
            if error.errno not in DISK_FULL:
                raise
            # Closed while the client still sends, the connection would be reset, and the client would lose the answer.
            self._to_drop = max(0, self.content_length - self.body_bytes_received - len(data))
            self._refuse(disk_full())
            self.completed = not self._to_drop
            return len(data)

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            # RFC 9112, 6.1: it may be an attempt at request smuggling, so the connection is closed.
            raise ParsingError("Content-Length and Transfer-Encoding are both given")
        if refusal := self.guard.refusal(self.headers):
            self._refuse(refusal)

    def _refuse(self, error: APIError) -> None:
        self.close()
        self.error, self.body_rcv, self.content_length, self.expect_continue = _Refused(error), None, 0, False


class _Channel(HTTPChannel):
    """A connection that has to send a request's headers in time."""

    _began = 0.0  # when the first byte of the headers that are being received came

    def received(self, data: bytes) -> bool:
        taken: bool = super().received(data)
        is_in_headers = self.request is not None and not self.request.headers_finished
        if not is_in_headers:
            self._began = 0.0
        elif not self._began:
            self._began = time.monotonic()
        elif time.monotonic() - self._began > HEADER_SECONDS:
            self.will_close = True
        return taken


class _Streams:
    """An application in whose server each open stream has a thread beside those that answer other requests."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._open = 0
        self._lock = threading.Lock()
        self.set_threads: Callable[[int], None] = lambda count: None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        content_types: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], *others: Any) -> Any:
            content_types.extend(value for name, value in headers if name.lower() == "content-type")
            return start_response(status, headers, *others)

        answer = self._app(environ, start)
        if content_types != [MEDIA_TYPE]:
            return answer
        self._count(+1)
        return ClosingIterator(answer, lambda: self._count(-1))

    def _count(self, change: int) -> None:
        with self._lock:
            self._open += change
            self.set_threads(THREADS + self._open)


def serve(app: WSGIApplication, host: str, port: int, key: str | None, source: str) -> None:
    """Serve until interrupted. The first line on stdout is the base URL, once connections are accepted.

    Args:
        app: the WSGI application.
        host: the address to listen on.
        port: the port, or 0 for any free one.
        key: the key that clients must send; None for any, on loopback.
        source: a line on what answers, for stderr: stdout has the address only.

    Raises:
        OSError: the address can't be used.
    """
    streams = _Streams(app)
    # send_bytes=1: each event of a stream is sent when it happens, and not when a buffer is full.
    # One kind of address only: a name that has both (localhost, usually) would give two servers and no single port.
    waitress_server = create_server(
        streams,
        host=host,
        port=port,
        threads=THREADS,
        send_bytes=1,
        ipv6=":" in host,
        connection_limit=_connections(),
        channel_timeout=IDLE_SECONDS,
        asyncore_use_poll=True,  # select() can't watch more than 1,024 descriptors
        backlog=1024,
    )
    server = cast(Any, waitress_server)  # its stubs lack effective_port and channel_class
    streams.set_threads = server.task_dispatcher.set_thread_count
    server.channel_class = _channels(Guard(key))
    shown = f"[{host}]" if ":" in host else host
    print(source, file=sys.stderr, flush=True)
    print(f"http://{shown}:{server.effective_port}/v1", flush=True)
    server.run()


def _channels(guard: Guard) -> type[HTTPChannel]:
    """The class of a server's connections, all behind one guard; waitress makes its objects by class."""
    parser = type("GuardedParser", (_GuardedParser,), {"guard": guard})
    return type("Channel", (_Channel,), {"parser_class": parser})


def _connections() -> int:
    """How many connections may be open: as many as the system lets this process open, less what else it needs."""
    try:
        import resource  # not on Windows, where no such limit applies
    except ImportError:
        return CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + FILES_KEPT if hard == resource.RLIM_INFINITY else min(hard, CONNECTIONS + FILES_KEPT)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return min(CONNECTIONS, max(100, soft - FILES_KEPT)) if soft != resource.RLIM_INFINITY else CONNECTIONS
