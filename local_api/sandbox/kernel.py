"""One Python session: a Jupyter kernel in a process of its own, watched while it runs."""

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
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from local_api.data import data_folder

from . import ToolUnavailable
from .bubblewrap import has_sandbox, inner_environment, is_root, sandboxed
from .folders import remove
from .kernel_main import DATA
from .watch import MOST_DISK, MOST_MEMORY, Watch, family_of, system_limits
from .wire import CONTROL, NEWS, SHELL, Wire, new_connection

PROGRAM = Path(__file__).with_name("kernel_main.py")
FONT = data_folder() / "fonts" / "NanumGothicCoding.ttf"
START_TIMEOUT = 60  # seconds
GRACE = 3  # seconds in which interrupted code may end, before its session does
LOOK_UP_EVERY = 0.1  # seconds between two looks at what the code uses
MOST_TEXT = 50_000  # characters of one call's output
MOST_PICTURES = 10  # of one call
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
FIRST_USER = 60_000  # where this program is root, code runs as one of the users from here on, whom nobody else is

SESSION_OVER = "The Python session has ended, and its variables are gone. The next call starts a new one."


@dataclass
class Ran:
    """What came of a piece of code.

    Args:
        parts: what it printed and showed, in order: texts, and pictures as PNG.
    """

    parts: list[str | bytes] = field(default_factory=list)

    def write(self, text: str) -> None:
        """Add a text; texts that follow each other become one."""
        if self.parts and isinstance(self.parts[-1], str):
            self.parts[-1] += text
        elif text:
            self.parts.append(text)

    @property
    def room(self) -> int:
        """How many characters more it may print."""
        return MOST_TEXT - sum(len(part) for part in self.parts if isinstance(part, str))

    @property
    def pictures(self) -> int:
        """How many pictures there are."""
        return sum(isinstance(part, bytes) for part in self.parts)


class Kernel:
    """A kernel with a folder that its code knows as `/mnt/data`. It starts when it is first needed.

    Everything is done in one thread of its own: the sandbox ends with the thread that started it.

    Args:
        seconds: the time that one piece of code has.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._root = Path(tempfile.mkdtemp(prefix="python-")).resolve()
        self._user = FIRST_USER + secrets.randbelow(5_000) if is_root() and has_sandbox() else None
        self._is_closed = False
        self._door = threading.Lock()  # so that nobody comes after the session's thread has gone home
        self._given = 0  # bytes of the files that were put into the folder
        self._process: subprocess.Popen | None = None
        self._wire: Wire | None = None
        self._meeting: Path | None = None  # where its sockets are
        self._answered = math.inf  # when the kernel answered the call, which is after its news
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="python session", daemon=True)
        self._thread.start()
        self.folder = self._root / "data"
        self._make(self._root, self.folder)

    def run(self, code: str, wanted: Callable[[], bool] = lambda: True) -> Ran:
        """Run a piece of code. It is stopped when it takes too much, of whatever, and its output says so.

        Args:
            code: Python, as IPython takes it.
            wanted: asked while it runs; False stops it.

        Raises:
            ToolUnavailable: no kernel could be started.
        """
        result: Future[Ran] = Future()
        with self._door:
            if self._is_closed:
                raise ToolUnavailable(SESSION_OVER)
            self._work.put(
                lambda: _settle(result, lambda: self._run(code, lambda: wanted() and not result.cancelled()))
            )
        try:
            return result.result()
        finally:
            result.cancel()  # who is interrupted while waiting wants it no more

    def put(self, path: Path, name: str) -> os.stat_result:
        """Copy a file into the folder, for the code to do with as it likes; returns its status."""
        # Written where the code can't be: inside, the name might become a link to anywhere meanwhile.
        part = self._root / "given"
        shutil.copyfile(path, part)
        self._hand_over(part)
        status = part.stat()
        self._given += status.st_size
        part.replace(self.folder / name)
        return status

    def close(self) -> None:
        """End the session, whatever it is doing, and forget its folder."""
        with self._door:
            self._is_closed = True
            self._work.put(None)
        self._kill()
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
        while work := self._work.get():
            work()
        self._stop()

    def _run(self, code: str, wanted: Callable[[], bool]) -> Ran:
        if self._is_closed:
            raise ToolUnavailable(SESSION_OVER)
        if not self._is_alive():
            self._start()
        self._answered = math.inf
        ran, watch = Ran(), Watch(self._process.pid, self._root, self._given, self._seconds)
        call = self._wire.send(SHELL, "execute_request", {"code": code, "silent": False, "allow_stdin": False})
        while self._is_alive():
            if self._hear(call, ran):
                return ran
            if ran.room > 0 and not watch.is_due():
                continue
            if watch.is_disk_full():
                self._stop()
                self._empty()
                ran.write(f"\n[stopped: more than {MOST_DISK // 2**20} MB written; /mnt/data has been emptied]")
            elif watch.is_memory_full():
                self._stop()
                ran.write(f"\n[stopped: more than {MOST_MEMORY // 2**30} GB of memory taken]")
            elif why := self._why_stop(ran, watch, wanted):
                self._interrupt(call)
                ran.write(f"\n[stopped{why}]")
                break
        if not self._is_alive():
            self._stop()
            ran.write(f"\n[{SESSION_OVER}]")
        return ran

    def _why_stop(self, ran: Ran, watch: Watch, wanted: Callable[[], bool]) -> str:
        if watch.is_late():
            return f" after {self._seconds:g} seconds"
        if ran.room <= 0:
            return f" after {MOST_TEXT:,} characters of output"
        return "" if wanted() else ", since nobody waits for it any more"

    def _hear(self, call: str, ran: Ran) -> bool:
        """Take one piece of news of a call, if there is any; whether it says that the call is over."""
        try:
            return self._take(self._wire.receive(NEWS, LOOK_UP_EVERY), call, ran)
        except (LookupError, TypeError, ValueError, AttributeError):
            # The code has meddled with what its kernel says.
            self._stop()
            return False

    def _take(self, news: dict | None, call: str, ran: Ran) -> bool:
        if news is None:
            return self._is_lost(call, ran)
        if news["parent_header"].get("msg_id") != call:
            return False
        type, content = news["msg_type"], news["content"]
        if type == "stream":
            self._write(content["text"], ran)
        elif type == "error":
            self._write("\n".join(content["traceback"]) + "\n", ran)
        elif type in ("execute_result", "display_data"):
            self._show(content["data"], ran)
        return type == "status" and content["execution_state"] == "idle"

    def _show(self, data: dict[str, str], ran: Ran) -> None:
        picture = _png(data.get("image/png"))
        if picture and ran.pictures < MOST_PICTURES:
            ran.parts.append(picture)
        elif "text/plain" in data:
            self._write(f"{data['text/plain']}\n", ran)

    def _is_lost(self, call: str, ran: Ran) -> bool:
        """Whether a call is over, but the news of it was too long to be taken."""
        while reply := self._wire.receive(SHELL, 0):
            if reply["parent_header"].get("msg_id") == call:
                self._answered = time.monotonic()
        if time.monotonic() < self._answered + GRACE:
            return False
        self._answered = math.inf
        ran.write("\n[stopped: some of the output was too long to be taken]")
        self._stop()
        return False

    def _write(self, text: str, ran: Ran) -> None:
        ran.write(ANSI.sub("", text[: ran.room]).replace(str(self.folder), DATA))

    def _interrupt(self, call: str) -> None:
        """Ask the code to stop, and end the session if it does not."""
        self._wire.send(CONTROL, "interrupt_request", {})
        give_up, nothing = time.monotonic() + GRACE, Ran()
        while self._is_alive() and not self._hear(call, nothing):
            if time.monotonic() > give_up:
                self._stop()

    def _start(self) -> None:
        self._stop()
        meeting = self._root / secrets.token_hex(2)  # short, since a socket's path must be
        self._make(meeting)
        self._meeting = meeting
        connection, log = new_connection(meeting), self._root / "log"
        self._hand_over(connection)
        with log.open("wb") as said:
            self._process = subprocess.Popen(
                self._command(connection),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=inner_environment(str(self._root)),
                # A notebook's kernel that shuts down waits for the processes of its own group, and is killed meanwhile.
                start_new_session=True,
            )
        self._wire = Wire(connection)
        if not self._is_ready():
            self._stop()
            why = log.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
            raise ToolUnavailable(f"Python could not be started. {why}")

    def _is_ready(self) -> bool:
        """Wait until the kernel answers and its news arrives; False if it does not come to that."""
        give_up = time.monotonic() + START_TIMEOUT
        while self._is_alive() and time.monotonic() < give_up:
            self._wire.send(SHELL, "kernel_info_request", {})
            if self._wire.receive(SHELL, 1) and self._wire.receive(NEWS, LOOK_UP_EVERY):
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
        meeting = connection.parent
        return sandboxed(command, read=[PROGRAM, FONT], write={DATA: self.folder, str(meeting): meeting}, chdir=DATA)

    def _is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _stop(self) -> None:
        if self._wire:
            self._wire.close()
            self._wire = None
        self._kill()
        self._process = None
        if self._meeting:
            remove(self._meeting)
            self._meeting = None

    def _kill(self) -> None:
        process = self._process
        if process:
            for member in family_of(process.pid):
                with contextlib.suppress(psutil.Error):  # it has ended by itself
                    member.kill()
            process.wait()


def _png(value: object) -> bytes | None:
    try:
        picture = base64.b64decode(value)
    except (TypeError, ValueError):
        return None
    return picture if picture.startswith(b"\x89PNG") else None


def _settle(result: Future[Ran], work: Callable[[], Ran]) -> None:
    with contextlib.suppress(InvalidStateError):  # nobody waits any more
        try:
            result.set_result(work())
        except Exception as error:
            result.set_exception(error)
