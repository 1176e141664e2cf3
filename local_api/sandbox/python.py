"""Python sessions by name: code runs in them, and the files that it made are returned."""

from __future__ import annotations

import atexit
import os
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from . import ToolUnavailable
from .bubblewrap import has_sandbox
from .watch import MOST_DISK

SESSION = 3600  # seconds without a call after which a session ends, as the old service's did
MOST_SECONDS = 60  # for one piece of code, unless told otherwise
MOST_FILES = 20  # that one call can return
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
    """Python sessions by name.

    Args:
        is_trusted: whether code may run where there is no sandbox.
        seconds: the time limit for one piece of code.
    """

    def __init__(self, is_trusted: bool, seconds: float = MOST_SECONDS) -> None:
        self._seconds = seconds
        self._is_trusted = is_trusted
        self._sessions: dict[str, _Session] = {}
        self._lock = threading.Lock()
        atexit.register(self.close)

    def run(self, session: str, code: str, files: dict[str, Path], wanted: Callable[[], bool]) -> Result:
        """Run code in a session, which begins with its first call.

        Args:
            session: its name.
            code: Python, as IPython takes it.
            files: what `/mnt/data` must hold, by name; a file that is there already stays as it is.
            wanted: called while it runs; False stops it.

        Raises:
            ToolUnavailable: code may not run here, or no session could be started.
        """
        if not self._is_trusted and not has_sandbox():
            raise ToolUnavailable(OFF)
        with self._lock:
            if session not in self._sessions:
                self._sessions[session] = _Session(self._seconds, lambda: self._end(session))
            found = self._sessions[session]
        return found.run(code, files, wanted)

    def close(self) -> None:
        """End all sessions."""
        for session in list(self._sessions):
            self._end(session)

    def _end(self, session: str) -> None:
        with self._lock:
            found = self._sessions.pop(session, None)
        if found:
            found.close()


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
