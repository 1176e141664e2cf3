"""The transport from the SDK to a WSGI application in the same process: no port, no server.

openai 3.0 and later sends its requests with httpx2, earlier releases with httpx. The choice is made here, once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote_to_bytes

import openai

if TYPE_CHECKING or int(openai.__version__.split(".")[0]) >= 3:
    import httpx2 as http
else:
    import httpx as http

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


R = TypeVar("R")


def client_over(app: WSGIApplication) -> http.Client:
    """An HTTP client whose every request goes to this WSGI application."""
    return openai.DefaultHttpxClient(transport=WSGITransport(app))


def async_client_over(app: WSGIApplication, workers: int) -> http.AsyncClient:
    """The same for `async` code.

    Args:
        app: the WSGI application.
        workers: how many requests may be in it at once. With 1 they are answered in the order in which they were
            made, so `asyncio.gather` gives the same ids each time.
    """
    return openai.DefaultAsyncHttpxClient(transport=AsyncWSGITransport(app, workers))


class WSGITransport(http.BaseTransport):
    """Calls a WSGI application.

    The library's own transport doesn't encode paths as WSGI asks for: an id with a letter beyond Latin-1, in a typing
    mistake say, would cause an encoding error instead of the API's own error.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def handle_request(self, request: http.Request) -> http.Response:
        path = unquote_to_bytes(request.url.raw_path.partition(b"?")[0]).decode("latin-1")

        def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            return self._app({**environ, "PATH_INFO": path}, start_response)

        return http.WSGITransport(app=app).handle_request(request)


class AsyncWSGITransport(http.AsyncBaseTransport):
    """Calls a WSGI application in a thread, so that the event loop stays free."""

    def __init__(self, app: WSGIApplication, workers: int) -> None:
        self._sync = WSGITransport(app)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="local_api")

    async def handle_async_request(self, request: http.Request) -> http.Response:
        await request.aread()
        response = await self._call(self._sync.handle_request, request)
        assert isinstance(response.stream, http.SyncByteStream), "a WSGI application is synchronous"
        stream = _AsyncStream(response.stream, self._call)
        return http.Response(response.status_code, headers=response.headers, stream=stream)

    async def aclose(self) -> None:
        self._pool.shutdown(wait=False)

    async def _call(self, function: Callable[..., R], *args: Any) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)


class _AsyncStream(http.AsyncByteStream):
    """A response body that is read in the transport's threads, piece by piece."""

    def __init__(self, stream: http.SyncByteStream, call: Callable[..., Any]) -> None:
        self._stream = stream
        self._call = call
        self._reading: asyncio.Future[bytes | None] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces: Iterator[bytes] = iter(self._stream)
        while True:
            # Shielded: a caller that is cancelled must not leave a thread inside a generator that is then closed.
            self._reading = asyncio.ensure_future(self._call(next, pieces, None))
            piece = await asyncio.shield(self._reading)
            if piece is None:
                return
            yield piece

    async def aclose(self) -> None:
        if self._reading:
            await asyncio.wait([self._reading])
        await self._call(self._stream.close)
