"""/local: what the old service did not have, for lessons and their tests"""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, Response
from pydantic import Field

from local_api.bodies.shared import Body

from .shared import answer, home, read_body, read_query

blueprint = Blueprint("local", __name__, url_prefix="/v1/local")


class SkipTime(Body):
    seconds: Annotated[int, Field(ge=1, le=10 * 365 * 86_400)]


class Questions(Body):
    assistant_id: str
    thread_id: str | None = None


@blueprint.post("/skip_time")
def skip_time() -> Response:
    """Move a recorded lesson's clock forward."""
    return answer({"object": "local.clock", "now": home().lesson.skip_time(read_body(SkipTime).seconds)})


@blueprint.get("/recordings")
def recordings() -> Response:
    """Where the replies come from, and which of them have not been asked for yet."""
    return answer({"object": "list", "data": home().lesson.describe_recordings()})


@blueprint.get("/questions")
def questions() -> Response:
    """What can be asked next: the recorded questions of an assistant, in a thread or in a new one."""
    asked = read_query(Questions)
    return answer({"object": "list", "data": home().lesson.questions(asked.assistant_id, asked.thread_id)})
