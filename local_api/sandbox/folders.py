"""Measure and delete folders filled by untrusted code."""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import shutil
import tempfile
from pathlib import Path

import psutil


def size_of(folder: Path) -> float:
    """The bytes on disk in a folder; infinite if a part of it can't be read. Files deleted meanwhile don't count."""
    total = 0.0
    places: list[Path | str] = [folder]
    for place in places:  # grows; os.walk can't take folders that are nested too deeply
        try:
            for entry in os.scandir(place):
                if entry.is_dir(follow_symlinks=False):
                    places.append(entry.path)
                    continue
                with contextlib.suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    # Holes in a file take no space. Windows has no st_blocks.
                    total += getattr(status, "st_blocks", status.st_size / 512) * 512
        except FileNotFoundError:
            continue
        except OSError:
            return math.inf
    return total


def owned_name(prefix: str) -> str:
    """A new name for a temporary folder that says which process it belongs to."""
    return f"{prefix}{os.getpid()}-{secrets.token_hex(6)}"


def sweep(prefix: str) -> None:
    """Delete the temporary folders with names by `owned_name` that processes have left which are gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*-*"):
        owner = folder.name.removeprefix(prefix).partition("-")[0]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            remove(folder)


def remove(folder: Path) -> None:
    """Delete a folder, however deep it is and whatever its permissions."""
    # Nested folders are first moved up beside each other: their paths may be too long to be used.
    places = [folder]
    with contextlib.suppress(OSError):
        for place in places:
            os.chmod(place, 0o700)
            for entry in list(os.scandir(place)):
                if entry.is_dir(follow_symlinks=False):
                    os.chmod(entry.path, 0o700)
                    places.append(folder.with_name(f"{folder.name}-{len(places)}"))
                    os.rename(entry.path, places[-1])
                else:
                    os.unlink(entry.path)
    for place in places:
        shutil.rmtree(place, ignore_errors=True)
