"""Limits for code that a model wrote: those that the system enforces, and those that are checked while it runs."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time
from pathlib import Path

import psutil

from .bubblewrap import is_root
from .folders import size_of

MOST_DISK = 512 * 2**20  # bytes that a session may write, not counting the files it was given
MOST_MEMORY = 3 * 2**30  # bytes, for each process and for all together
MOST_FILE = 256 * 2**20  # bytes in one file
MOST_PROCESSES = 64
CHECK_EVERY = 0.1  # seconds
MOST_CPU = 3600  # seconds of a processor, for each process


def system_limits() -> dict[str, int]:
    """Limits that Linux enforces, by the names of `resource`; none are promised elsewhere."""
    if not sys.platform.startswith("linux"):
        return {}
    # For an ordinary user, processes outside of the sandbox may count as well.
    others = 0 if is_root() else int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])
    return {"AS": MOST_MEMORY, "FSIZE": MOST_FILE, "NPROC": others + MOST_PROCESSES, "CPU": MOST_CPU, "CORE": 0}


class Watch:
    """Checks what a piece of code uses, from now on.

    Args:
        pid: the process to watch, with all below it.
        folder: the folder whose size counts.
        given: the bytes in it that the code didn't write.
        seconds: the time limit.
    """

    def __init__(self, pid: int, folder: Path, given: int, seconds: float) -> None:
        self._pid = pid
        self._folder = folder
        self._full = given + MOST_DISK
        self._end = time.monotonic() + seconds
        self._next = 0.0

    def is_due(self) -> bool:
        """Whether it is time for a check, which costs more than receiving the code's output."""
        if due := time.monotonic() >= self._next:
            self._next = time.monotonic() + CHECK_EVERY
        return due

    def is_late(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() > self._end

    def is_disk_full(self) -> bool:
        """Whether it has written too much."""
        return size_of(self._folder) + nameless_of(self._pid) > self._full

    def is_memory_full(self) -> bool:
        """Whether it holds too much memory."""
        return memory_of(self._pid) > MOST_MEMORY


def nameless_of(pid: int) -> int:
    """The bytes of files that are open in a process or below it and have no name, in memory or on disk; Linux only."""
    found: dict[tuple[int, int], int] = {}
    for process in family_of(pid):
        with contextlib.suppress(OSError):
            for file in os.scandir(f"/proc/{process.pid}/fd"):
                with contextlib.suppress(OSError):
                    status = os.stat(file.path)
                    if stat.S_ISREG(status.st_mode) and not status.st_nlink:
                        found[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(found.values())


def memory_of(pid: int) -> int:
    """The bytes of memory that a process and all below it hold."""
    return sum(_resident(process) for process in family_of(pid))


def family_of(pid: int) -> list[psutil.Process]:
    """A process and all below it; none if it has ended."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _resident(process: psutil.Process) -> int:
    try:
        # Memory that several processes share counts once; where the system can't say, it counts for each.
        return int(getattr(process.memory_full_info(), "pss", None) or process.memory_info().rss)
    except psutil.Error:
        return 0
