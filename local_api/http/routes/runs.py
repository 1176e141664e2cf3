"""/threads/runs and /threads/{thread_id}/runs, with their steps"""

from __future__ import annotations

from flask import Blueprint, Response

from local_api.assistants.runs import Queued
from local_api.bodies.queries import IncludeQuery, PageQuery, StepPageQuery
from local_api.bodies.runs import CreateRun, CreateThreadAndRun, SubmitToolOutputs
from local_api.bodies.shared import MetadataOnly
from local_api.http.sse import DONE, MEDIA_TYPE, sse

from .shared import answer, answer_list, home, page_request, read_body, read_query

blueprint = Blueprint("runs", __name__, url_prefix="/v1/threads")


@blueprint.post("/runs")
def create_thread_and_run() -> Response:
    body = read_body(CreateThreadAndRun)
    return _answer_queued(home().runs.create_with_thread(body.given()), is_streamed=bool(body.stream))


@blueprint.post("/<thread_id>/runs")
def create(thread_id: str) -> Response:
    asked, body = read_query(IncludeQuery), read_body(CreateRun)
    queued = home().runs.create(thread_id, body.given())
    return _answer_queued(queued, is_streamed=bool(body.stream), with_texts=bool(asked.include))


@blueprint.get("/<thread_id>/runs")
def list_(thread_id: str) -> Response:
    return answer_list(home().runs.page(thread_id, page_request(read_query(PageQuery))))


@blueprint.get("/<thread_id>/runs/<run_id>")
def retrieve(thread_id: str, run_id: str) -> Response:
    return answer(home().runs.retrieve(thread_id, run_id))


@blueprint.post("/<thread_id>/runs/<run_id>")
def modify(thread_id: str, run_id: str) -> Response:
    return answer(home().runs.modify(thread_id, run_id, read_body(MetadataOnly).given()))


@blueprint.post("/<thread_id>/runs/<run_id>/cancel")
def cancel(thread_id: str, run_id: str) -> Response:
    return answer(home().runs.cancel(thread_id, run_id))


@blueprint.post("/<thread_id>/runs/<run_id>/submit_tool_outputs")
def submit_tool_outputs(thread_id: str, run_id: str) -> Response:
    body = read_body(SubmitToolOutputs)
    queued = home().runs.submit(thread_id, run_id, body.given()["tool_outputs"])
    return _answer_queued(queued, is_streamed=bool(body.stream))


@blueprint.get("/<thread_id>/runs/<run_id>/steps")
def list_steps(thread_id: str, run_id: str) -> Response:
    asked = read_query(StepPageQuery)
    return answer_list(home().runs.page_steps(thread_id, run_id, page_request(asked), bool(asked.include)))


@blueprint.get("/<thread_id>/runs/<run_id>/steps/<step_id>")
def retrieve_step(thread_id: str, run_id: str, step_id: str) -> Response:
    asked = read_query(IncludeQuery)
    return answer(home().runs.retrieve_step(thread_id, run_id, step_id, bool(asked.include)))


def _answer_queued(queued: Queued, *, is_streamed: bool, with_texts: bool = False) -> Response:
    """Have the run worked on, and answer with it or with its events."""
    if is_streamed:
        return Response(sse(home().runs.stream(queued, with_texts), DONE), content_type=MEDIA_TYPE)
    return answer(home().runs.start(queued))
