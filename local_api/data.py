"""Where the course's data is."""

from __future__ import annotations

from pathlib import Path


def data_folder() -> Path:
    """The folder `data`. It lies beside this package, in a checkout as in an installed wheel."""
    return Path(__file__).resolve().parent.parent / "data"
