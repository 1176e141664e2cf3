"""The events of runs and responses as server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

DONE = b"event: done\ndata: [DONE]\n\n"
MEDIA_TYPE = "text/event-stream; charset=utf-8"


def sse(events: Iterable[tuple[str, Mapping[str, Any]] | None], last: bytes = b"") -> Iterator[bytes]:
    """A frame for each event, a comment for None (writing it shows whether the client is still there), a last frame."""
    for event in events:
        if event is None:
            yield b": still working\n\n"
        else:
            yield f"event: {event[0]}\ndata: {json.dumps(event[1], ensure_ascii=False)}\n\n".encode()
    yield last
