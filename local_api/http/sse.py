"""What happens to runs and responses as server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

DONE = b"event: done\ndata: [DONE]\n\n"
MEDIA_TYPE = "text/event-stream; charset=utf-8"


def sse(events: Iterable[tuple[str, dict] | None], last: bytes = b"") -> Iterator[bytes]:
    """One frame an event, a comment for None (it shows whether the client is still there), and a last frame."""
    for event in events:
        if event is None:
            yield b": still working\n\n"
        else:
            yield f"event: {event[0]}\ndata: {json.dumps(event[1], ensure_ascii=False)}\n\n".encode()
    yield last
