"""Folders that a stranger has filled: how large they are, and how to be rid of them."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
from pathlib import Path


def size_of(folder: Path) -> int:
    """The bytes on disk in a folder; what vanishes meanwhile counts nothing, and what is out of reach has no end."""
    total, places = 0, [folder]
    for place in places:  # grows: folders in folders may be more than Python's own walk can take
        try:
            for entry in os.scandir(place):
                if entry.is_dir(follow_symlinks=False):
                    places.append(entry.path)
                    continue
                with contextlib.suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    # Holes in a file take no room. Windows tells no blocks.
                    total += getattr(status, "st_blocks", status.st_size / 512) * 512
        except FileNotFoundError:
            continue
        except OSError:
            return math.inf
    return total


def remove(folder: Path) -> None:
    """Delete a folder, however deep it is and whatever it forbids."""
    # Folders in folders are moved up to lie side by side first: their paths may be longer than can be named.
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
