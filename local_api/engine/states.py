"""The lives of runs and of responses, each in one table."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any


class IllegalTransition(RuntimeError):
    """A status was to follow one that it cannot follow: a mistake in this program."""


class Life:
    """Which statuses there are, and which may follow which.

    Args:
        transitions: from each status, the statuses that may follow.
        waiting: statuses in which it waits for the client.
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
        """The statuses that this one may follow."""
        return {before for before, following in self.transitions.items() if status in following}

    def moved(self, task: dict, status: str, now: int, **members: Any) -> dict:
        """A run or a response in its next status.

        Args:
            task: as clients see it; it is not changed.
            status: the status to enter.
            now: the time of the transition, in seconds.
            members: other members to set, such as ``last_error``.

        Raises:
            IllegalTransition: the table does not allow it.
        """
        if status not in self.transitions[task["status"]]:
            raise IllegalTransition(f"{task['status']} -> {status}")
        time = {self._time_of[status]: now} if status in self._time_of else {}
        return {**task, "status": status, **members, **time}


RUN = Life(
    {
        "queued": {"in_progress", "cancelling", "failed", "expired"},
        "in_progress": {"requires_action", "completed", "incomplete", "failed", "cancelling", "expired"},
        "requires_action": {"queued", "cancelling", "expired"},
        # A cancel may come too late: the reply is finished then, and the run with it.
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

# A response waits for nobody: calls of the client's functions are in its output, and it is completed.
RESPONSE = Life(
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


def ended_step(step: dict, status: str, now: int, *, usage: dict | None, last_error: dict | None = None) -> dict:
    """A step in its last status.

    Args:
        step: a step in progress, as clients see it; it is not changed.
        status: ``completed``, ``failed``, ``cancelled`` or ``expired``.
        now: the time, in seconds.
        usage: the tokens of the model call that it belongs to.
        last_error: why it failed.
    """
    ended = {"expires_at": None, f"{status}_at": now, "usage": usage, "last_error": last_error}
    return {**step, "status": status, **ended}
