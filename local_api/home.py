"""Wiring: which services a home has, and the two kinds of homes there are."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .assistants.assistants import Assistants
from .assistants.lesson import Lesson
from .assistants.run_machine import RunMachine
from .assistants.runs import Runs
from .assistants.threads import Threads
from .documents.batches import Batches
from .documents.files import Files
from .documents.indexing import Indexing, ReadIndexer
from .documents.members import Members
from .documents.vector_store_files import VectorStoreFiles
from .documents.vector_stores import VectorStores
from .engine.drivers import Driver, ReadDriver
from .engine.loop import Loop
from .engine.states import Task
from .engine.toolbox import Toolbox
from .hosted.code_interpreter import CodeInterpreter
from .hosted.file_search import FileSearch
from .model.model import Model
from .model.recorded import RecordedModel
from .model.recorder import RecorderModel
from .model.recording import load_recordings
from .responses.containers import Containers
from .responses.conversations import Conversations
from .responses.items import Items
from .responses.machine import ResponseMachine
from .responses.responses import Responses
from .retrieval.search import PassageIndex
from .sandbox.folders import owned_name, sweep
from .sandbox.python import PythonTool
from .settings import chosen_endpoint, database_file, local_code_is_allowed, most_sessions, recorder_file
from .storage.blobs import Blobs
from .storage.clock import Clock, LogicalClock, WallClock
from .storage.ids import DerivedIds, Ids, RandomIds
from .storage.leases import Leased
from .storage.store import Store


@dataclass(frozen=True)
class Home:
    """What is behind the API's routes: a service for each kind of object, over one store."""

    store: Store
    python: PythonTool
    assistants: Assistants
    threads: Threads
    runs: Runs
    files: Files
    vector_stores: VectorStores
    vector_store_files: VectorStoreFiles
    batches: Batches
    conversations: Conversations
    responses: Responses
    containers: Containers
    lesson: Lesson


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
    sweep("local_api-")
    blobs = Blobs(Path(tempfile.gettempdir()) / owned_name("local_api-"))
    atexit.register(shutil.rmtree, blobs.folder, ignore_errors=True)
    files, index = Files(store, clock, ids, blobs), PassageIndex(store)
    members = Members(store, files, index, ReadIndexer(Indexing(store, files, index)))
    vector_stores = VectorStores(store, clock, ids, files, index, members)
    # Recorded code is part of this repository: it runs where there is no sandbox, too.
    python = PythonTool(is_trusted=True, most_sessions=most_sessions())
    toolbox = Toolbox(CodeInterpreter(store, files, python), FileSearch(vector_stores))
    return _home(
        store,
        clock,
        ids,
        model,
        files=files,
        vector_stores=vector_stores,
        toolbox=toolbox,
        python=python,
        driver_of=ReadDriver,
    )


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
    files.sweep()
    members = Members(store, files, index, PoolIndexer(Indexing(store, files, index), leases))
    vector_stores = VectorStores(store, clock, ids, files, index, members)
    python = PythonTool(is_trusted=local_code_is_allowed(), most_sessions=most_sessions())
    toolbox = Toolbox(CodeInterpreter(store, files, python), FileSearch(vector_stores))

    def driver_of(machine: Loop[Task, Any]) -> Driver[Task]:
        return PoolDriver(machine, leases)

    return _home(
        store,
        clock,
        ids,
        model,
        files=files,
        vector_stores=vector_stores,
        toolbox=toolbox,
        python=python,
        driver_of=driver_of,
        leases=leases,
    )


class DriverOf(Protocol):
    """Gives a machine its driver."""

    def __call__(self, machine: Loop[Task, Any]) -> Driver[Task]:
        """A driver for this machine."""
        ...


def _home(
    store: Store,
    clock: Clock,
    ids: Ids,
    model: Model,
    *,
    files: Files,
    vector_stores: VectorStores,
    toolbox: Toolbox,
    python: PythonTool,
    driver_of: DriverOf,
    leases: Leased | None = None,
) -> Home:
    """A home of these parts, with the machines that work on its runs and responses."""
    run_machine = RunMachine(store, clock, ids, model, toolbox, leases)
    run_driver = driver_of(run_machine)
    assistants = Assistants(store, clock, ids, files, vector_stores)
    threads = Threads(
        store, clock, ids, files=files, vector_stores=vector_stores, machine=run_machine, driver=run_driver
    )
    items, containers = Items(store, ids, toolbox), Containers(store, ids, files)
    conversations = Conversations(store, clock, ids, items)
    machine = ResponseMachine(store, clock, ids, model, toolbox, leases, items=items, containers=containers)
    return Home(
        store=store,
        python=python,
        assistants=assistants,
        threads=threads,
        runs=Runs(
            store,
            files=files,
            vector_stores=vector_stores,
            assistants=assistants,
            threads=threads,
            machine=run_machine,
            driver=run_driver,
        ),
        files=files,
        vector_stores=vector_stores,
        vector_store_files=VectorStoreFiles(store, clock, vector_stores),
        batches=Batches(store, clock, ids, files, vector_stores),
        conversations=conversations,
        responses=Responses(
            store=store,
            clock=clock,
            ids=ids,
            files=files,
            vector_stores=vector_stores,
            items=items,
            conversations=conversations,
            containers=containers,
            machine=machine,
            driver=driver_of(machine),
        ),
        containers=containers,
        lesson=Lesson(clock, model, assistants=assistants, threads=threads, machine=run_machine),
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
