"""The run machine's events as server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

MEDIA_TYPE = "text/event-stream; charset=utf-8"


def sse(events: Iterable[tuple[str, dict]]) -> Iterator[bytes]:
    """One frame an event, and the frame that says it is over."""
    for name, data in events:
        yield f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
    yield b"event: done\ndata: [DONE]\n\n"
