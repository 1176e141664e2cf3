"""The life of a run, in one table."""

from __future__ import annotations

# From each status, the statuses that may follow.
TRANSITIONS: dict[str, set[str]] = {
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
}

TERMINAL = {status for status, following in TRANSITIONS.items() if not following}
ACTIVE = set(TRANSITIONS) - TERMINAL
RESTING = TERMINAL | {"requires_action"}
WORKING = set(TRANSITIONS) - RESTING
CANCELLABLE = {status for status, following in TRANSITIONS.items() if "cancelling" in following}

# The member of a run that holds the time at which it entered a status.
TIME_OF = {
    "in_progress": "started_at",
    "completed": "completed_at",
    "incomplete": "completed_at",
    "failed": "failed_at",
    "cancelled": "cancelled_at",
}


class IllegalTransition(RuntimeError):
    """A status was to follow one that it cannot follow: a mistake in this program."""


def moved(run: dict, status: str, now: int, **members: object) -> dict:
    """The run in its next status, with the members that go with it.

    Args:
        run: a run as clients see it; it is not changed.
        status: the status to enter.
        now: the time of the transition, in seconds.
        members: other members to set, such as ``last_error``.

    Raises:
        IllegalTransition: the table does not allow it.
    """
    if status not in TRANSITIONS[run["status"]]:
        raise IllegalTransition(f"{run['status']} -> {status}")
    run = {**run, "status": status, "required_action": None, **members}
    if status in TIME_OF:
        run[TIME_OF[status]] = now
    # Open in the contract: an expired run keeps expires_at, since it is the time at which it ended.
    if status in TERMINAL - {"expired"}:
        run["expires_at"] = None
    return run


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
