"""Uploading files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from IPython.display import display
from openai import OpenAI
from openai.types import FileObject


def upload_files(client: OpenAI, paths: Sequence[Path | str]) -> list[FileObject]:
    """Upload files for assistants, with a progress bar and a printed line for each. Written in lesson 04.

    Args:
        client: what `connect` returned.
        paths: of the files.

    Returns:
        The files as the server has them, in the same order.

    Raises:
        FileNotFoundError: one does not exist; those before it have been uploaded.
    """
    from ipywidgets import IntProgress  # here, to keep `import helpers` fast

    bar = IntProgress(max=len(paths))
    display(bar)
    files = []
    for path in map(Path, paths):
        files.append(client.files.create(file=path, purpose="assistants"))
        bar.value += 1
        print(f"{path.name}: {files[-1].bytes:,} bytes")
    return files
