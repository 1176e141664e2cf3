"""One home of objects: a store with its clock, ids, run machine and driver, and what they do together."""

from __future__ import annotations

import atexit
import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import errors
from .assistants import objects
from .assistants.run_machine import RunMachine
from .bodies.threads import ModifyThread
from .bodies.translate import check
from .documents.batches import Batches
from .documents.files import Files, code_files
from .documents.indexing import Indexing, ReadIndexer
from .documents.members import Members
from .documents.vector_store_files import VectorStoreFiles
from .documents.vector_stores import THREAD_DEFAULTS, VectorStores, searched_by
from .engine.drivers import Driver, ReadDriver
from .engine.loop import Loop
from .engine.toolbox import Toolbox
from .engine.turn import Emit
from .hosted.code_interpreter import CodeInterpreter
from .hosted.file_search import FileSearch
from .model.model import Model
from .model.recorded import RecordedModel
from .model.recorder import RecorderModel
from .model.recording import Recording, key_of, load_recordings, questions_after
from .responses.containers import Containers
from .responses.conversations import Conversations
from .responses.items import Items
from .responses.machine import ResponseMachine
from .responses.responses import Responses
from .retrieval.search import PassageIndex
from .sandbox.python import PythonTool
from .settings import chosen_endpoint, database_file, local_code_is_allowed, recorder_file
from .storage.blobs import Blobs
from .storage.clock import Clock, LogicalClock, WallClock
from .storage.ids import DerivedIds, Ids, RandomIds
from .storage.leases import Leased
from .storage.store import Store


@dataclass(frozen=True)
class Home:
    """What stands behind the API's routes."""

    store: Store
    clock: Clock
    ids: Ids
    model: Model
    machine: RunMachine
    driver: Driver
    files: Files
    vector_stores: VectorStores
    vector_store_files: VectorStoreFiles
    batches: Batches
    conversations: Conversations
    responses: Responses
    containers: Containers

    def check(self, tool_resources: dict[str, Any] | None) -> None:
        """Make sure that what somebody's tools shall have is there.

        Raises:
            APIError: a file (error 7) or a vector store (error 6) is not.
        """
        self.files.check(tool_resources)
        self.vector_stores.check(tool_resources)

    def create_assistant(self, given: dict[str, Any]) -> dict:
        """A new assistant.

        Raises:
            APIError: a file (error 7) or a vector store (error 6) in its tool resources is not there.
        """
        self.check(given.get("tool_resources"))
        with self.store.transaction():
            id = self.ids.new("assistant", "", given)
            resources = self.vector_stores.made_for(given.get("tool_resources"))
            assistant = objects.assistant(id, self.clock.tick(), {**given, "tool_resources": resources})
            self.store.insert("assistant", assistant)
        return assistant

    def create_thread(self, given: dict[str, Any]) -> dict:
        """A new thread, with its first messages.

        Raises:
            APIError: a file (error 7) or a vector store (error 6) in its tool resources or messages is not there.
        """
        self.check(given.get("tool_resources"))
        with self.store.transaction():
            id = self.ids.new("thread", "", given)
            resources = self.vector_stores.made_for(given.get("tool_resources"), **THREAD_DEFAULTS)
            thread = objects.thread(id, self.clock.tick(), {**given, "tool_resources": resources})
            self.store.insert("thread", thread)
            self.clock.begin(id, thread["created_at"])
            for message in given.get("messages") or []:
                self._add_message(id, message)
            return self.store.get("thread", id)

    def create_message(self, thread_id: str, given: dict[str, Any]) -> dict:
        """A new message.

        Raises:
            APIError: a run is active on the thread (error 8), or a file in the message is not there (error 7).
        """
        with self.store.transaction():
            self._check_thread(thread_id)
            active = self.machine.active(thread_id)
            if not active:
                return self._add_message(thread_id, given)
        self.driver.advance(active)
        raise errors.thread_locked(thread_id, active["id"])

    def create_run(self, thread_id: str, assistant: dict, given: dict[str, Any]) -> dict:
        """A new run, queued and claimed, after its additional messages.

        Raises:
            APIError: a run is active (error 9), there is nothing to say to the model (error 13), or a vector store
                that it would search has expired (error 28).
        """
        with self.store.transaction():
            self._check_thread(thread_id)
            active = self.machine.active(thread_id)
            if not active:
                for message in given.get("additional_messages") or []:
                    self._add_message(thread_id, message)
                run = self.machine.create(thread_id, assistant, given)
                stores = searched_by(run, assistant, self.store.get("thread", thread_id))
                self.vector_stores.check_alive(stores)
                self.vector_stores.touch(stores, run["created_at"])
                self.driver.claim(run)
                return run
        self.driver.advance(active)
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

    def skip_time(self, seconds: int) -> int:
        """Move a recorded lesson's clock on; returns its latest time.

        Raises:
            APIError: the clock is the wall's.
        """
        if not isinstance(self.clock, LogicalClock):
            raise errors.APIError(400, "Time can be skipped in a recorded lesson only; here it is the wall clock's.")
        return self.clock.skip(seconds)

    def questions(self, assistant: dict, thread_id: str | None = None) -> list[str]:
        """What may be said next so that a recorded reply follows; nothing in particular when live.

        Args:
            assistant: who would answer.
            thread_id: the conversation so far; None for a new one.
        """
        run = objects.run("", 0, thread_id or "", assistant, {}, expires_at=0)
        request = self.machine.first_request(run)
        return questions_after(self.recordings, key_of(request))

    @property
    def recordings(self) -> list[Recording]:
        """Where the replies come from; nowhere in particular when live."""
        return self.model.recordings if isinstance(self.model, RecordedModel) else []

    def _check_thread(self, thread_id: str) -> None:
        if self.store.get("thread", thread_id) is None:
            raise errors.not_found("thread", thread_id)

    def _latest(self, run: dict) -> dict:
        latest = self.machine.latest(run)
        if latest is None:
            raise errors.not_found("run", run["id"])
        return latest

    def _add_message(self, thread_id: str, given: dict[str, Any]) -> dict:
        self._take_attachments(thread_id, given)
        id = self.ids.new("message", thread_id, given)
        message = objects.user_message(id, self.clock.tick(thread_id), thread_id, given)
        self.store.insert("message", message, parent=thread_id)
        return message

    def _take_attachments(self, thread_id: str, given: dict[str, Any]) -> None:
        """Give the thread's tools the files that come with a message."""
        for id in named_files(given):
            self.files.find(id)
        for_code, for_search = attached_to(given, "code_interpreter"), attached_to(given, "file_search")
        if not for_code and not for_search:
            return
        thread = self.store.get("thread", thread_id)
        resources = thread["tool_resources"]
        if for_code:
            ids = list(dict.fromkeys(code_files(resources) + for_code))
            resources["code_interpreter"] = {"file_ids": ids}
            check(ModifyThread, {"tool_resources": resources})
        if for_search:
            store = self.vector_stores.attach(thread, for_search)
            resources["file_search"] = {"vector_store_ids": [store["id"]]}
        self.store.put(thread)


def attached_to(message: dict[str, Any], tool: str) -> list[str]:
    """The ids of the files that a message brings along for a tool."""
    attachments = message.get("attachments") or []
    return [item["file_id"] for item in attachments if {"type": tool} in item["tools"]]


def named_files(message: dict[str, Any]) -> list[str]:
    """The ids of the files that a message brings along or shows."""
    parts = message["content"] if isinstance(message["content"], list) else []
    shown = [part["image_file"]["file_id"] for part in parts if part["type"] == "image_file"]
    return shown + [item["file_id"] for item in message.get("attachments") or []]


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
    blobs = Blobs(Path(tempfile.gettempdir()) / f"local_api-{secrets.token_hex(8)}")
    atexit.register(shutil.rmtree, blobs.folder, ignore_errors=True)
    files, index = Files(store, clock, ids, blobs), PassageIndex(store)
    members = Members(store, files, index, ReadIndexer(Indexing(store, files, index)))
    vector_stores = VectorStores(store, clock, ids, files, index, members)
    # Recorded code is part of this repository: it runs where there is no sandbox, too.
    toolbox = Toolbox(CodeInterpreter(store, files, PythonTool(is_trusted=True)), FileSearch(vector_stores))
    return _home(store, clock, ids, model, files, vector_stores, toolbox, ReadDriver, None)


def lasting_home(path: Path, model: Model) -> Home:
    """A home in a file, which several processes may share: random ids, the wall's clock, runs worked on at once.

    Args:
        path: the database file.
        model: answers.
    """
    from .documents.index_pool import PoolIndexer  # here, since recorded lessons need no threads
    from .engine.pool import PoolDriver
    from .storage.leases import Leases

    store, clock, ids = Store(path), WallClock(), RandomIds()
    leases = Leases(store)
    files, index = Files(store, clock, ids, blobs_of(path)), PassageIndex(store)
    members = Members(store, files, index, PoolIndexer(Indexing(store, files, index), leases))
    vector_stores = VectorStores(store, clock, ids, files, index, members)
    python = PythonTool(is_trusted=local_code_is_allowed())
    toolbox = Toolbox(CodeInterpreter(store, files, python), FileSearch(vector_stores))

    def driver(machine: Loop[Any, Any]) -> Driver[Any]:
        return PoolDriver(machine, leases)

    return _home(store, clock, ids, model, files, vector_stores, toolbox, driver, leases)


def _home(
    store: Store,
    clock: Clock,
    ids: Ids,
    model: Model,
    files: Files,
    vector_stores: VectorStores,
    toolbox: Toolbox,
    driver: Callable[[Loop[Any, Any]], Driver[Any]],
    leases: Leased | None,
) -> Home:
    """A home of these parts, with the machines that work on its runs and responses."""
    runs = RunMachine(store, clock, ids, model, toolbox, leases)
    items, containers = Items(store, ids, toolbox), Containers(store, ids, files)
    machine = ResponseMachine(store, clock, ids, model, toolbox, leases, items=items, containers=containers)
    conversations = Conversations(store, clock, ids, items)
    responses = Responses(
        store=store,
        clock=clock,
        ids=ids,
        files=files,
        vector_stores=vector_stores,
        items=items,
        conversations=conversations,
        containers=containers,
        machine=machine,
        driver=driver(machine),
    )
    return Home(
        store,
        clock,
        ids,
        model,
        runs,
        driver(runs),
        files,
        vector_stores,
        VectorStoreFiles(store, clock, vector_stores),
        Batches(store, clock, ids, files, vector_stores),
        conversations,
        responses,
        containers,
    )


def live_home() -> Home:
    """The lasting home that the settings name, answered by the endpoint that they name."""
    from .model.live import LiveModel  # here, since recorded lessons need no sockets

    path = database_file()
    model: Model = LiveModel(chosen_endpoint(), blobs_of(path))
    if record_to := recorder_file():
        model = RecorderModel(model, record_to)
    return lasting_home(path, model)


def blobs_of(path: Path) -> Blobs:
    """The folder of files beside a database file."""
    return Blobs(path.with_name(f"{path.name}.files"))
