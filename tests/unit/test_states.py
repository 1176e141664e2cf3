"""The statuses of runs, responses and steps: which may follow which, and what a transition sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local_api.engine.states import RESPONSE, RUN, IllegalTransition, ended_step

if TYPE_CHECKING:
    from local_api.engine.states import Lifecycle

# From OpenAI's published schemas and its guide to runs.
RUN_FOLLOWS = {
    "queued": {"in_progress", "cancelling", "failed", "expired"},
    "in_progress": {"requires_action", "completed", "incomplete", "failed", "cancelling", "expired"},
    "requires_action": {"queued", "cancelling", "expired"},
    "cancelling": {"cancelled", "completed", "incomplete", "failed", "expired"},
}
RESPONSE_FOLLOWS = {
    "queued": {"in_progress", "cancelled", "failed"},
    "in_progress": {"completed", "incomplete", "failed", "cancelled"},
}
RUN_ENDS = {"completed", "incomplete", "failed", "cancelled", "expired"}
RESPONSE_ENDS = {"completed", "incomplete", "failed", "cancelled"}
LIVES = [(RUN, RUN_FOLLOWS, RUN_ENDS), (RESPONSE, RESPONSE_FOLLOWS, RESPONSE_ENDS)]


@pytest.mark.parametrize(("life", "follows", "ends"), LIVES, ids=["run", "response"])
def test_a_status_is_followed_by_those_of_the_table_only(life: Lifecycle, follows: dict[str, set[str]], ends: set[str]):
    for before in {*follows, *ends}:
        for after in {*follows, *ends}:
            task = {"id": "x", "status": before}
            if after in follows.get(before, set()):
                assert life.moved(task, after, 5)["status"] == after
            else:
                with pytest.raises(IllegalTransition, match=f"{before} -> {after}"):
                    life.moved(task, after, 5)
            assert task == {"id": "x", "status": before}


@pytest.mark.parametrize(("life", "follows", "ends"), LIVES, ids=["run", "response"])
def test_statuses_are_ends_or_at_work_or_waiting(life: Lifecycle, follows: dict[str, set[str]], ends: set[str]):
    waiting = {"requires_action"} & set(follows)
    assert (life.terminal, life.active) == (ends, set(follows))
    assert (life.resting, life.working) == (ends | waiting, set(follows) - waiting)
    assert life.leading_to("queued") == {before for before, after in follows.items() if "queued" in after}


# A transition, and the time that it sets.
TIMES = {
    "a run begins": (RUN, "queued", "in_progress", "started_at"),
    "a run waits": (RUN, "in_progress", "requires_action", None),
    "a run goes on": (RUN, "requires_action", "queued", None),
    "a run is done": (RUN, "in_progress", "completed", "completed_at"),
    "a run is cut short": (RUN, "in_progress", "incomplete", "completed_at"),
    "a run fails": (RUN, "queued", "failed", "failed_at"),
    "a run is being cancelled": (RUN, "queued", "cancelling", None),
    "a run is cancelled": (RUN, "cancelling", "cancelled", "cancelled_at"),
    "a run expires": (RUN, "requires_action", "expired", None),
    "a response begins": (RESPONSE, "queued", "in_progress", None),
    "a response is done": (RESPONSE, "in_progress", "completed", "completed_at"),
    "a response fails": (RESPONSE, "in_progress", "failed", None),
}


@pytest.mark.parametrize(("life", "before", "after", "time"), TIMES.values(), ids=TIMES)
def test_a_transition_sets_its_time_and_the_members_that_it_is_given(
    life: Lifecycle, before: str, after: str, time: str | None
):
    moved = life.moved({"id": "x", "status": before, "usage": None}, after, 5, usage={"total_tokens": 3})
    assert moved == {"id": "x", "status": after, "usage": {"total_tokens": 3}, **({time: 5} if time else {})}


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled", "expired"])
def test_a_step_ends_with_its_time_and_usage_and_expires_no_more(status: str):
    step = {"id": "step_1", "status": "in_progress", "expires_at": 600, "completed_at": None}
    error = {"code": "server_error", "message": "?"} if status == "failed" else None
    ended = ended_step(step, status, 5, usage={"total_tokens": 3}, last_error=error)
    told = {"status": status, "expires_at": None, "usage": {"total_tokens": 3}, "last_error": error}
    assert ended == {**step, **told, f"{status}_at": 5}
    assert step["status"] == "in_progress"
