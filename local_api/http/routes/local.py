"""/local: what the old service did not have, for lessons and their tests"""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, Response
from pydantic import Field

from local_api.bodies.shared import Body
from local_api.model.recording import Recording

from .shared import answer, find, home, read_body, read_query

blueprint = Blueprint("local", __name__, url_prefix="/v1/local")


class SkipTime(Body):
    seconds: Annotated[int, Field(ge=1, le=10 * 365 * 86_400)]


class Questions(Body):
    assistant_id: str
    thread_id: str | None = None


@blueprint.post("/skip_time")
def skip_time() -> Response:
    """Move a recorded lesson's clock on."""
    return answer({"object": "local.clock", "now": home().skip_time(read_body(SkipTime).seconds)})


@blueprint.get("/recordings")
def recordings() -> Response:
    """Where the replies come from, and which of them nobody has asked for yet."""
    return answer({"object": "list", "data": [_described(recording) for recording in home().recordings]})


@blueprint.get("/questions")
def questions() -> Response:
    """What can be asked next: the recorded questions of an assistant, in a thread or in a new one."""
    asked = read_query(Questions)
    assistant = find("assistant", asked.assistant_id)
    if asked.thread_id:
        find("thread", asked.thread_id)
    return answer({"object": "list", "data": home().questions(assistant, asked.thread_id)})


def _described(recording: Recording) -> dict:
    unused = [key.question for key in recording.unused()]
    return {
        "object": "local.recording",
        "name": recording.name,
        "source": recording.source,
        "date": recording.date.isoformat(),
        "replies": len(recording.replies),
        "unused": unused,
    }
