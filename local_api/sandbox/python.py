"""Python sessions by name: code runs in them, and the files that it made are returned."""

from __future__ import annotations

import os
import stat
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import psutil

from . import ToolUnavailable
from .bubblewrap import has_sandbox
from .folders import sweep
from .watch import MOST_DISK

SESSION = 3600  # seconds without a call after which a session ends, as the old service's did
MOST_SECONDS = 60  # for one piece of code, unless told otherwise
MOST_FILES = 20  # that one call can return
MOST_SESSIONS, MEMORY_EACH = 20, 400 * 2**20  # unless told otherwise; bytes of the machine's memory for each
CHECK_EVERY = 0.2  # seconds between two checks of whether a call that waits for room is still wanted
NO_ROOM = "All Python sessions of this machine were busy, and the run ended while this call waited for one."
EVICTED = (
    "[This Python session was ended to make room for others: its variables are gone, and the files in /mnt/data are as "
    "they were saved.]\n"
)
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
OFF = (
    "Python is switched off on this machine, since there is no sandbox to run it in. Tell the user: install bubblewrap "
    "(Linux), or set ALLOW_LOCAL_CODE=1 in .env to let the assistant's code run with your own rights."
)


@dataclass
class Result:
    """What a call printed, showed and made.

    Args:
        parts: what the code printed and showed, in order: texts, and pictures as PNG.
        files: new and changed files by name, open for reading; the caller closes them.
    """

    parts: list[str | bytes]
    files: dict[str, BinaryIO] = field(default_factory=dict)


class PythonTool:
    """Python sessions by name, and no more at once than the machine has memory for.

    A call that needs one more ends the session that has been idle longest; while all are busy, it waits. Sessions end
    with the object that they belong to, after an hour without a call, and with this program.

    Args:
        is_trusted: whether code may run where there is no sandbox.
        seconds: the time limit for one piece of code.
        most_sessions: how many there may be at once.
    """

    def __init__(self, is_trusted: bool, seconds: float = MOST_SECONDS, most_sessions: int | None = None) -> None:
        self._seconds = seconds
        self._is_trusted = is_trusted
        self._most_sessions = most_sessions or sessions_by_memory()
        self._sessions: dict[str, _Session] = {}  # the one that was used last is last
        self._evicted: set[str] = set()
        self._changed = threading.Condition()
        sweep("python-")
        # Not by atexit alone, which would keep this object, and with it every session, as long as the program runs.
        self.close = weakref.finalize(self, _close_all, self._sessions, self._changed)

    def run(self, session: str, code: str, files: dict[str, Path], wanted: Callable[[], bool]) -> Result:
        """Run code in a session, which begins with its first call.

        Args:
            session: its name.
            code: Python, as IPython takes it.
            files: what `/mnt/data` must hold, by name; a file that is there already stays as it is.
            wanted: called while it runs or waits; False stops it.

        Raises:
            ToolUnavailable: code may not run here, no session could be started, or it was not wanted any more before
                there was room for one.
        """
        if not self._is_trusted and not has_sandbox():
            raise ToolUnavailable(OFF)
        found = self._take(session, wanted)
        try:
            result = found.run(code, files, wanted)
        finally:
            with self._changed:
                found.users -= 1
                self._changed.notify_all()
        if session in self._evicted:
            self._evicted.discard(session)
            result.parts.insert(0, EVICTED)
        return result

    def end(self, session: str) -> None:
        """End a session, if there is one of this name."""
        with self._changed:
            found = self._sessions.pop(session, None)
            self._evicted.discard(session)
            self._changed.notify_all()
        if found:
            found.close()

    def _take(self, session: str, wanted: Callable[[], bool]) -> _Session:
        """The session of this name, counted as used: the one there is, or a new one once there is room."""
        while True:
            with self._changed:
                found = self._sessions.pop(session, None)
                evicted = None
                if found is None and len(self._sessions) >= self._most_sessions:
                    evicted = self._longest_idle()
                    if evicted is None:
                        self._changed.wait(CHECK_EVERY)
                if found is None and evicted is None and len(self._sessions) < self._most_sessions:
                    found = _Session(self._seconds, _ending(self, session))
                if found:
                    self._sessions[session] = found
                    found.users += 1
                    return found
            if evicted:
                evicted.close()
            if not wanted():
                raise ToolUnavailable(NO_ROOM)

    def _longest_idle(self) -> _Session | None:
        """Take out the session that has been idle longest; None while all are busy."""
        name = next((name for name, session in self._sessions.items() if not session.users), None)
        if name is None:
            return None
        self._evicted.add(name)
        return self._sessions.pop(name)


def _ending(tool: PythonTool, session: str) -> Callable[[], None]:
    """A function that ends a session, and that doesn't keep the tool alive."""
    known = weakref.ref(tool)

    def end() -> None:
        if tool := known():
            tool.end(session)

    return end


def sessions_by_memory() -> int:
    """How many sessions may be kept at once: an idle one holds some 50 MB, one with a table and a figure 200."""
    return max(2, min(MOST_SESSIONS, psutil.virtual_memory().total // MEMORY_EACH))


def _close_all(sessions: dict[str, _Session], changed: threading.Condition) -> None:
    while True:
        with changed:
            if not sessions:
                return
            _, session = sessions.popitem()
        session.close()


class _Session:
    """A kernel, and what is known of the files in its folder.

    Args:
        seconds: the time limit for one piece of code.
        end: called when the session has been idle for long.
    """

    def __init__(self, seconds: float, end: Callable[[], None]) -> None:
        from .kernel import Kernel  # here, since sockets and processes are needed only where code runs

        self._end = end
        self._kernel = Kernel(seconds)
        self._known: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()
        self._alarm: threading.Timer | None = None
        self.users = 0  # calls that run in it or wait for it; counted by `PythonTool`

    def run(self, code: str, files: dict[str, Path], wanted: Callable[[], bool]) -> Result:
        with self._lock:
            self._stop_alarm()
            try:
                return self._run(code, files, wanted)
            finally:
                self._set_alarm()

    def close(self) -> None:
        self._stop_alarm()
        self._kernel.close()

    def _run(self, code: str, files: dict[str, Path], wanted: Callable[[], bool]) -> Result:
        for name, path in files.items():
            if not os.path.lexists(self._kernel.folder / name):
                self._known[name] = _version(self._kernel.put(path, name))
        result = Result(self._kernel.run(code, wanted).parts)
        left, has_more = MOST_DISK, False
        for name, content in self._new_files():
            size = os.fstat(content.fileno()).st_size
            if len(result.files) == MOST_FILES or size > left:
                content.close()
                has_more = True
                continue
            left -= size
            result.files[name] = content
        if has_more:
            most = f"{MOST_FILES} new files, up to {MOST_DISK // 2**20} MB together"
            result.parts.append(f"[Only the first {most}, are kept.]\n")
        return result

    def _stop_alarm(self) -> None:
        if self._alarm:
            self._alarm.cancel()

    def _set_alarm(self) -> None:
        """End the session once it has been idle for long: the time counts from the end of a call."""
        self._alarm = threading.Timer(SESSION, self._end_if_idle)
        self._alarm.daemon = True
        self._alarm.start()

    def _end_if_idle(self) -> None:
        # An alarm that goes off just as a call begins must not end the session under it.
        if self._lock.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._lock.release()

    def _new_files(self) -> Iterator[tuple[str, BinaryIO]]:
        """The files in the folder itself that are new or changed: no links, which may lead anywhere, and no pipes."""
        try:
            names = os.listdir(self._kernel.folder)
        except FileNotFoundError:  # the session has been closed
            return
        for name in sorted(filter(str.isprintable, names)):
            try:
                file = os.open(self._kernel.folder / name, os.O_RDONLY | NO_FOLLOW)
            except OSError:
                continue
            version = _version(os.fstat(file))
            if not stat.S_ISREG(os.fstat(file).st_mode) or self._known.get(name) == version:
                os.close(file)
                continue
            self._known[name] = version
            yield name, os.fdopen(file, "rb")


def _version(status: os.stat_result) -> tuple[int, int]:
    return status.st_mtime_ns, status.st_size
