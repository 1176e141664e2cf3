"""One Python session: a Jupyter kernel in a process of its own, watched while it runs code."""

from __future__ import annotations

import base64
import contextlib
import json
import math
import os
import queue
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from local_api.data import data_folder

from . import ToolUnavailable
from .bubblewrap import has_sandbox, inner_environment, is_root, sandboxed
from .folders import owned_name, remove
from .kernel_main import DATA
from .watch import MOST_DISK, MOST_MEMORY, Watch, family_of, system_limits
from .wire import CONTROL, NEWS, SHELL, Wire, new_connection

PROGRAM = Path(__file__).with_name("kernel_main.py")
FONT = data_folder() / "fonts" / "NanumGothicCoding.ttf"
START_TIMEOUT = 60  # seconds
GRACE = 3  # seconds in which interrupted code may end, before its session does
CHECK_EVERY = 0.1  # seconds between two checks of what the code uses
MOST_TEXT = 50_000  # characters of one call's output
MOST_PICTURES = 10  # of one call
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
FIRST_USER = 60_000  # as root, this program runs code as a user of its own, from this id on

SESSION_OVER = "The Python session has ended, and its variables are gone. The next call starts a new one."


@dataclass
class Output:
    """What a piece of code printed and showed.

    Args:
        parts: in order: texts, and pictures as PNG.
    """

    parts: list[str | bytes] = field(default_factory=list)

    def write(self, text: str) -> None:
        """Add a text; texts that follow each other become one."""
        last = self.parts[-1] if self.parts else None
        if isinstance(last, str):
            self.parts[-1] = last + text
        elif text:
            self.parts.append(text)

    @property
    def room(self) -> int:
        """How many more characters it may print."""
        return MOST_TEXT - sum(len(part) for part in self.parts if isinstance(part, str))

    @property
    def pictures(self) -> int:
        """How many pictures there are."""
        return sum(isinstance(part, bytes) for part in self.parts)


@dataclass
class _Running:
    """A kernel's process.

    Args:
        process: the process, which is bubblewrap's if there is a sandbox.
        wire: the connection to it.
        sockets: the folder with the connection's sockets.
    """

    process: subprocess.Popen[bytes]
    wire: Wire
    sockets: Path

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        for member in family_of(self.process.pid):
            with contextlib.suppress(psutil.Error):  # it has ended by itself
                member.kill()
        self.process.wait()


class Kernel:
    """A kernel with a folder that its code knows as `/mnt/data`. It starts when it is first needed.

    Everything is done in one thread of its own, since a sandbox ends with the thread that started it
    (`bwrap --die-with-parent`).

    Args:
        seconds: the time limit for one piece of code.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._root = Path(tempfile.gettempdir()).resolve() / owned_name("python-")
        self._root.mkdir(0o700)
        self._user = FIRST_USER + secrets.randbelow(5_000) if is_root() and has_sandbox() else None
        self._is_closed = False
        self._closing = threading.Lock()  # so that no work is queued after the thread has exited
        self._given = 0  # bytes of the files that were put into the folder
        self._running: _Running | None = None
        self._answered = math.inf  # when the kernel answered the call, which comes after its output
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()  # None ends the thread
        self._thread = threading.Thread(target=self._serve, name="python session", daemon=True)
        self._thread.start()
        self.folder = self._root / "data"
        self._make(self._root, self.folder)

    def run(self, code: str, wanted: Callable[[], bool] = lambda: True) -> Output:
        """Run a piece of code. It is stopped when it exceeds a limit, and its output says which.

        Args:
            code: Python, as IPython takes it.
            wanted: called while it runs; False stops it.

        Raises:
            ToolUnavailable: no kernel could be started.
        """
        result: Future[Output] = Future()
        with self._closing:
            if self._is_closed:
                raise ToolUnavailable(SESSION_OVER)
            self._work.put(
                lambda: _settle(result, lambda: self._run(code, lambda: wanted() and not result.cancelled()))
            )
        try:
            return result.result()
        finally:
            result.cancel()  # a caller interrupted while waiting no longer needs the result

    def put(self, path: Path, name: str) -> os.stat_result:
        """Copy a file into the folder, for the code to use and change; returns its status."""
        # Written outside of the code's reach: inside, the name could become a link to anywhere meanwhile.
        part = self._root / "given"
        shutil.copyfile(path, part)
        self._hand_over(part)
        status = part.stat()
        self._given += status.st_size
        part.replace(self.folder / name)
        return status

    def close(self) -> None:
        """End the session, whatever it is doing, and delete its folder."""
        with self._closing:
            self._is_closed = True
            self._work.put(None)
        if running := self._running:
            running.kill()
        self._thread.join(GRACE)
        remove(self._root)

    def _make(self, *folders: Path) -> None:
        for folder in folders:
            folder.mkdir(exist_ok=True)
            self._hand_over(folder)

    def _hand_over(self, path: Path) -> None:
        if self._user:
            os.chown(path, self._user, self._user)

    def _empty(self) -> None:
        remove(self.folder)
        self._make(self.folder)
        self._given = 0

    # --- in the session's thread ---

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            work()
        self._stop()

    def _run(self, code: str, wanted: Callable[[], bool]) -> Output:
        if self._is_closed:
            raise ToolUnavailable(SESSION_OVER)
        running = self._ready()
        self._answered = math.inf
        output, watch = Output(), Watch(running.process.pid, self._root, self._given, self._seconds)
        call = running.wire.send(SHELL, "execute_request", {"code": code, "silent": False, "allow_stdin": False})
        while running.is_alive():
            if self._receive(running, call, output):
                return output
            if output.room > 0 and not watch.is_due():
                continue
            if watch.is_disk_full():
                self._stop()
                self._empty()
                output.write(f"\n[stopped: more than {MOST_DISK // 2**20} MB written; /mnt/data has been emptied]")
            elif watch.is_memory_full():
                self._stop()
                output.write(f"\n[stopped: more than {MOST_MEMORY // 2**30} GB of memory taken]")
            elif why := self._why_stop(output, watch, wanted):
                self._interrupt(running, call)
                output.write(f"\n[stopped{why}]")
                break
        if not running.is_alive():
            self._stop()
            output.write(f"\n[{SESSION_OVER}]")
        return output

    def _why_stop(self, output: Output, watch: Watch, wanted: Callable[[], bool]) -> str:
        if watch.is_late():
            return f" after {self._seconds:g} seconds"
        if output.room <= 0:
            return f" after {MOST_TEXT:,} characters of output"
        return "" if wanted() else ", since nobody waits for it any more"

    def _receive(self, running: _Running, call: str, output: Output) -> bool:
        """Take one message about a call, if there is any; returns whether the call is over."""
        try:
            return self._take(running, running.wire.receive(NEWS, CHECK_EVERY), call, output)
        except Exception:
            # The code has tampered with its kernel's messages. Whatever a forged one causes here, the code must not go
            # on without being watched.
            self._stop()
            return False

    def _take(self, running: _Running, news: Mapping[str, Any] | None, call: str, output: Output) -> bool:
        if news is None:
            return self._is_lost(running, call, output)
        if news["parent_header"].get("msg_id") != call:
            return False
        kind, content = news["msg_type"], news["content"]
        if kind == "stream":
            self._write(content["text"], output)
        elif kind == "error":
            self._write("\n".join(content["traceback"]) + "\n", output)
        elif kind in ("execute_result", "display_data"):
            self._show(content["data"], output)
        return bool(kind == "status" and content["execution_state"] == "idle")

    def _show(self, data: Mapping[str, str], output: Output) -> None:
        picture = _png(data.get("image/png"))
        if picture and output.pictures < MOST_PICTURES:
            output.parts.append(picture)
        elif "text/plain" in data:
            self._write(f"{data['text/plain']}\n", output)

    def _is_lost(self, running: _Running, call: str, output: Output) -> bool:
        """End a session whose call is over, but some of whose output was too long to be received."""
        while reply := running.wire.receive(SHELL, 0):
            if reply["parent_header"].get("msg_id") == call:
                self._answered = time.monotonic()
        if time.monotonic() < self._answered + GRACE:
            return False
        self._answered = math.inf
        output.write("\n[stopped: some of the output was too long to be taken]")
        self._stop()
        return False

    def _write(self, text: str, output: Output) -> None:
        output.write(ANSI.sub("", text[: output.room]).replace(str(self.folder), DATA))

    def _interrupt(self, running: _Running, call: str) -> None:
        """Ask the code to stop, and end the session if it does not."""
        running.wire.send(CONTROL, "interrupt_request", {})
        deadline, ignored = time.monotonic() + GRACE, Output()
        while running.is_alive() and not self._receive(running, call, ignored):
            if time.monotonic() > deadline:
                self._stop()

    def _ready(self) -> _Running:
        """The kernel, started if it isn't running."""
        if self._running and self._running.is_alive():
            return self._running
        self._stop()
        sockets = self._root / secrets.token_hex(2)  # short, since a socket's path must be
        self._make(sockets)
        connection, log = new_connection(sockets), self._root / "log"
        self._hand_over(connection)
        with log.open("wb") as written:
            process = subprocess.Popen(
                self._command(connection),
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                env=inner_environment(str(self._root)),
                # A notebook's kernel that shuts down waits for the processes of its own group, and is killed meanwhile.
                start_new_session=True,
            )
        self._running = _Running(process, Wire(connection), sockets)
        if not self._answers(self._running):
            self._stop()
            why = log.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
            raise ToolUnavailable(f"Python could not be started. {why}")
        return self._running

    def _answers(self, running: _Running) -> bool:
        """Wait until the kernel answers and its output arrives; returns False if that doesn't happen in time."""
        deadline = time.monotonic() + START_TIMEOUT
        while running.is_alive() and time.monotonic() < deadline:
            running.wire.send(SHELL, "kernel_info_request", {})
            if running.wire.receive(SHELL, 1) and running.wire.receive(NEWS, CHECK_EVERY):
                return True
        return False

    def _command(self, connection: Path) -> list[str]:
        inside = has_sandbox()
        settings = {
            "connection": str(connection),
            "folder": DATA if inside else str(self.folder),
            "font": str(FONT),
            "limits": system_limits(),
            "parent": None if inside else os.getpid(),
            "user": self._user,
        }
        command = [sys.executable, str(PROGRAM), json.dumps(settings)]
        if not inside:
            return command
        sockets = connection.parent
        return sandboxed(command, read=[PROGRAM, FONT], write={DATA: self.folder, str(sockets): sockets}, chdir=DATA)

    def _stop(self) -> None:
        running, self._running = self._running, None
        if running:
            running.wire.close()
            running.kill()
            remove(running.sockets)


def _png(value: str | None) -> bytes | None:
    try:
        picture = base64.b64decode(value or "")
    except (TypeError, ValueError):
        return None
    return picture if picture.startswith(b"\x89PNG") else None


def _settle(result: Future[Output], work: Callable[[], Output]) -> None:
    with contextlib.suppress(InvalidStateError):  # the caller no longer waits
        try:
            result.set_result(work())
        except Exception as error:
            result.set_exception(error)
