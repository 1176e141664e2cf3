"""The lifecycles of runs and of responses, each in one table."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any, TypeVar, cast

Task = TypeVar("Task", bound=Mapping[str, Any])
Step = TypeVar("Step", bound=Mapping[str, Any])


class IllegalTransition(RuntimeError):
    """A task was moved to a status that its present status can't lead to: a bug in this program."""


class Lifecycle:
    """Which statuses there are, and which may follow which.

    Args:
        transitions: from each status, the statuses that may follow.
        waiting: statuses in which the task waits for the client.
        time_of: the member that holds the time at which a status was entered.
    """

    def __init__(self, transitions: Mapping[str, Set[str]], waiting: Set[str], time_of: Mapping[str, str]) -> None:
        self.transitions = transitions
        self.terminal = {status for status, following in transitions.items() if not following}
        self.active = set(transitions) - self.terminal
        self.resting = self.terminal | waiting
        self.working = self.active - waiting
        self._time_of = time_of

    def leading_to(self, status: str) -> set[str]:
        """The statuses that may come right before this one."""
        return {before for before, following in self.transitions.items() if status in following}

    def moved(self, task: Task, status: str, now: int, **members: Any) -> Task:
        """A run or a response in its next status.

        Args:
            task: as clients see it; it is not changed.
            status: the status to enter.
            now: the time of the transition, in seconds since 1970.
            members: other members to set, such as ``last_error``.

        Raises:
            IllegalTransition: the table doesn't allow it.
        """
        if status not in self.transitions[task["status"]]:
            raise IllegalTransition(f"{task['status']} -> {status}")
        time = {self._time_of[status]: now} if status in self._time_of else {}
        return cast(Task, {**task, "status": status, **members, **time})


RUN = Lifecycle(
    {
        "queued": {"in_progress", "cancelling", "failed", "expired"},
        "in_progress": {"requires_action", "completed", "incomplete", "failed", "cancelling", "expired"},
        "requires_action": {"queued", "cancelling", "expired"},
        # A cancel may come too late: then the reply is finished, and the run with it.
        "cancelling": {"cancelled", "completed", "incomplete", "failed", "expired"},
        "completed": set(),
        "incomplete": set(),
        "failed": set(),
        "cancelled": set(),
        "expired": set(),
    },
    waiting={"requires_action"},
    time_of={
        "in_progress": "started_at",
        "completed": "completed_at",
        "incomplete": "completed_at",
        "failed": "failed_at",
        "cancelled": "cancelled_at",
    },
)

# A response never waits: calls of the client's functions are part of its output, and it is completed.
RESPONSE = Lifecycle(
    {
        "queued": {"in_progress", "cancelled", "failed"},
        "in_progress": {"completed", "incomplete", "failed", "cancelled"},
        "completed": set(),
        "incomplete": set(),
        "failed": set(),
        "cancelled": set(),
    },
    waiting=set(),
    time_of={"completed": "completed_at"},
)


def ended_step(
    step: Step,
    status: str,
    now: int,
    *,
    usage: Mapping[str, Any] | None,
    last_error: Mapping[str, Any] | None = None,
) -> Step:
    """A step in its last status.

    Args:
        step: a step in progress, as clients see it; it is not changed.
        status: ``completed``, ``failed``, ``cancelled`` or ``expired``.
        now: the time, in seconds since 1970.
        usage: the tokens of the model call that it belongs to.
        last_error: why it failed.
    """
    ended = {"expires_at": None, f"{status}_at": now, "usage": usage, "last_error": last_error}
    return cast(Step, {**step, "status": status, **ended})
