"""A recorded lesson, as its notebook sees it: its clock, its recordings, and the questions that they answer."""

from __future__ import annotations

from local_api import errors
from local_api.model.model import Model
from local_api.model.recorded import RecordedModel
from local_api.model.recording import Recording, key_of, questions_after
from local_api.storage.clock import Clock, LogicalClock
from local_api.storage.store import JsonObject

from . import objects
from .assistants import Assistants
from .run_machine import RunMachine
from .threads import Threads


class Lesson:
    """What lessons and their tests can do that the old service couldn't. Live, there is no recording behind it.

    Args:
        clock, model, assistants, threads: the home's.
        machine: knows what a run would ask the model.
    """

    def __init__(
        self, clock: Clock, model: Model, *, assistants: Assistants, threads: Threads, machine: RunMachine
    ) -> None:
        self._clock = clock
        self._model = model
        self._assistants = assistants
        self._threads = threads
        self._machine = machine

    @property
    def recordings(self) -> list[Recording]:
        """Where the replies come from; none when live."""
        return self._model.recordings if isinstance(self._model, RecordedModel) else []

    def describe_recordings(self) -> list[JsonObject]:
        """The recordings as the API shows them, each with the questions that haven't been asked yet."""
        return [_described(recording) for recording in self.recordings]

    def skip_time(self, seconds: int) -> int:
        """Move the lesson's clock forward; returns its latest time, in seconds since 1970.

        Raises:
            APIError: the clock is the wall clock.
        """
        if not isinstance(self._clock, LogicalClock):
            raise errors.APIError(400, "Time can be skipped in a recorded lesson only; here it is the wall clock's.")
        return self._clock.skip(seconds)

    def questions(self, assistant_id: str, thread_id: str | None = None) -> list[str]:
        """What the user can ask next and get a recorded reply; empty when live.

        Args:
            assistant_id: who would answer.
            thread_id: the conversation so far; None for a new one.

        Raises:
            APIError: the assistant or the thread doesn't exist.
        """
        assistant = self._assistants.find(assistant_id)
        if thread_id:
            self._threads.find(thread_id)
        run = objects.run("", 0, thread_id or "", assistant, {}, expires_at=0)
        return questions_after(self.recordings, key_of(self._machine.first_request(run)))


def _described(recording: Recording) -> JsonObject:
    return {
        "object": "local.recording",
        "name": recording.name,
        "source": recording.source,
        "date": recording.date.isoformat(),
        "replies": len(recording.replies),
        "unused": [key.question for key in recording.unused()],
    }
