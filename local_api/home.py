"""One home of objects: a store with its clock, ids, run machine and driver, and what they do together."""

from __future__ import annotations

import atexit
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from . import errors, objects
from .blobs import Blobs
from .clock import LogicalClock, WallClock
from .drivers import Driver, ReadDriver
from .ids import DerivedIds, RandomIds
from .machine import RunMachine
from .model import Model
from .recorded import RecordedModel
from .recorder import RecorderModel
from .recording import Recording, load_recordings
from .settings import chosen_endpoint, database_file, recorder_file
from .store import Store
from .turn import Emit


@dataclass(frozen=True)
class Home:
    """What stands behind the API's routes."""

    store: Store
    clock: WallClock | LogicalClock
    ids: RandomIds | DerivedIds
    model: Model
    machine: RunMachine
    driver: Driver
    blobs: Blobs

    def create_assistant(self, given: dict[str, Any]) -> dict:
        """A new assistant."""
        id = self.ids.new("assistant", "", given)
        assistant = objects.assistant(id, self.clock.tick(), given)
        self.store.insert("assistant", assistant)
        return assistant

    def create_thread(self, given: dict[str, Any]) -> dict:
        """A new thread, with its first messages."""
        id = self.ids.new("thread", "", given)
        thread = objects.thread(id, self.clock.tick(), given)
        with self.store.transaction():
            self.store.insert("thread", thread)
            self.clock.begin(id, thread["created_at"])
            for message in given.get("messages") or []:
                self._add_message(id, message)
        return thread

    def create_message(self, thread_id: str, given: dict[str, Any]) -> dict:
        """A new message.

        Raises:
            APIError: a run is active on the thread (error 8).
        """
        with self.store.transaction():
            self._check_thread(thread_id)
            active = self.machine.active(thread_id)
            if not active:
                return self._add_message(thread_id, given)
        self.driver.seen(active)
        raise errors.thread_locked(thread_id, active["id"])

    def create_run(self, thread_id: str, assistant: dict, given: dict[str, Any]) -> dict:
        """A new run, queued and claimed, after its additional messages.

        Raises:
            APIError: a run is active (error 9), or there is nothing to say to the model (error 13).
        """
        with self.store.transaction():
            self._check_thread(thread_id)
            active = self.machine.active(thread_id)
            if not active:
                for message in given.get("additional_messages") or []:
                    self._add_message(thread_id, message)
                run = self.machine.create(thread_id, assistant, given)
                self.driver.claim(run)
                return run
        self.driver.seen(active)
        raise errors.run_active(thread_id, active["id"])

    def submit(self, run: dict, outputs: list[dict[str, str]], emit: Emit) -> dict:
        """The run, queued again with the outputs of its calls.

        Raises:
            APIError: it does not wait for them (error 11), or they are not one for each call (error 10).
        """
        with self.store.transaction():
            run = self.machine.submit(self._latest(run), outputs, emit)
            self.driver.claim(run)
        return run

    def cancel(self, run: dict) -> dict:
        """The run, being cancelled.

        Raises:
            APIError: it has ended, or is being cancelled already (error 12).
        """
        with self.store.transaction():
            before = self._latest(run)
            nobody_works = before["status"] == "requires_action"
            run = self.machine.cancel(before)
            if nobody_works:
                self.driver.claim(run)
        if nobody_works:
            self.driver.start(run)
        return run

    def create_file(self, filename: str, content: BinaryIO, purpose: str, lifetime: int | None = None) -> dict:
        """A new file with these bytes.

        Args:
            filename: the name it came under; folders in it are left out.
            content: its bytes, read to their end.
            purpose: what it is for.
            lifetime: seconds after which it is gone; None to keep it.
        """
        name = filename.replace("\\", "/").rpartition("/")[2] or "upload"
        id, size = self.blobs.keep(content, lambda digest: self.ids.new("file", "", [name, purpose, digest]))
        now = self.clock.tick()
        expires_at = now + lifetime if lifetime else None
        file = objects.file(id, now, filename=name, bytes=size, purpose=purpose, expires_at=expires_at)
        self.store.insert("file", file)
        return file

    def find_file(self, id: str) -> dict:
        """The file with this id.

        Raises:
            APIError: there is none, or it has expired (error 7).
        """
        file = self.store.get("file", id)
        if file is None or self._forgotten(file):
            raise errors.no_such_file(id)
        return file

    def forget_expired_files(self) -> None:
        """Delete the files whose time is over; like all expiry, it is found out by looking."""
        for file in self.store.page("file", limit=None).data:
            self._forgotten(file)

    def delete_file(self, file: dict) -> None:
        """Forget a file and its bytes."""
        self.store.delete(file["id"])
        self.blobs.delete(file["id"])

    def skip_time(self, seconds: int) -> int:
        """Move a recorded lesson's clock on; returns its latest time.

        Raises:
            APIError: the clock is the wall's.
        """
        if not isinstance(self.clock, LogicalClock):
            raise errors.APIError(400, "Time can be skipped in a recorded lesson only; here it is the wall clock's.")
        return self.clock.skip(seconds)

    @property
    def recordings(self) -> list[Recording]:
        """Where the replies come from; nowhere in particular when live."""
        return self.model.recordings if isinstance(self.model, RecordedModel) else []

    def _forgotten(self, file: dict) -> bool:
        expired = file["expires_at"] is not None and file["expires_at"] <= self.clock.now()
        if expired:
            self.delete_file(file)
        return expired

    def _check_thread(self, thread_id: str) -> None:
        if self.store.get("thread", thread_id) is None:
            raise errors.not_found("thread", thread_id)

    def _latest(self, run: dict) -> dict:
        latest = self.machine.latest(run)
        if latest is None:
            raise errors.not_found("run", run["id"])
        return latest

    def _add_message(self, thread_id: str, given: dict[str, Any]) -> dict:
        id = self.ids.new("message", thread_id, given)
        message = objects.user_message(id, self.clock.tick(thread_id), thread_id, given)
        self.store.insert("message", message, parent=thread_id)
        return message


def recorded_home(folder: Path, lesson: str | None = None) -> Home:
    """A home that lasts as long as the process and replays a lesson: same ids, times and replies everywhere.

    Args:
        folder: where the recordings are.
        lesson: the recording's name; None for all recordings together.

    Raises:
        RecordingError: there is no such recording, or it can't be used.
    """
    recordings = load_recordings(folder, lesson)
    store, ids, model = Store(), DerivedIds(), RecordedModel(recordings)
    clock = LogicalClock(max(recording.date for recording in recordings))
    machine = RunMachine(store, clock, ids, model)
    blobs = Blobs(Path(tempfile.gettempdir()) / f"local_api-{secrets.token_hex(8)}")
    atexit.register(shutil.rmtree, blobs.folder, ignore_errors=True)
    return Home(store, clock, ids, model, machine, ReadDriver(machine), blobs)


def lasting_home(path: Path, model: Model) -> Home:
    """A home in a file, which several processes may share: random ids, the wall's clock, runs worked on at once.

    Args:
        path: the database file.
        model: answers.
    """
    from .pool import Leases, PoolDriver  # here, since recorded lessons need no threads

    store, clock, ids = Store(path), WallClock(), RandomIds()
    leases = Leases(store)
    machine = RunMachine(store, clock, ids, model, leases)
    blobs = Blobs(path.with_name(f"{path.name}.files"))
    return Home(store, clock, ids, model, machine, PoolDriver(machine, leases), blobs)


def live_home() -> Home:
    """The lasting home that the settings name, answered by the endpoint that they name."""
    from .live import LiveModel  # here, since recorded lessons need no sockets

    model: Model = LiveModel(chosen_endpoint())
    if record_to := recorder_file():
        model = RecorderModel(model, record_to)
    return lasting_home(database_file(), model)
