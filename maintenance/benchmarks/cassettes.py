"""The usual way of replaying, for comparison: vcrpy, which records HTTP between the notebook and the API."""

from __future__ import annotations

import tempfile
from pathlib import Path

from maintenance.lesson import COURSE, PATHS, load

from .measure import in_turns
from .notebooks import run_nbval, silent_cell, write
from .rows import Row

ROUNDS = 5

OPEN = """
import vcr
player = vcr.VCR(record_mode={mode!r}).use_cassette({file!r})
cassette = player.__enter__()
"""
CLOSE = "closed = player.__exit__()"
# What a lesson needs in place of `connect` when the answers come from the cassette.
PLAIN_CLIENT = """
import warnings
import openai
import helpers
from helpers.connection import API_KEY, BASE_URL
warnings.simplefilter("ignore", DeprecationWarning)
client = openai.OpenAI(api_key=API_KEY, base_url=BASE_URL)
"""


def cassette() -> list[Row]:
    """Strict nbval of the first lesson against the same lesson with its HTTP answers from a cassette."""
    lesson = PATHS[0]
    with tempfile.TemporaryDirectory() as folder:
        tape = Path(folder, "cassette.yaml")
        run_nbval([write_recording(lesson, Path(folder, "recording.ipynb"), tape)])
        replaying = write_replaying(lesson, Path(folder, "replaying.ipynb"), tape)
        own, base = in_turns(lambda: run_nbval([lesson]), lambda: run_nbval([replaying]), rounds=ROUNDS)
        sizes = [path.stat().st_size / 2**10 for path in (COURSE / f"data/recordings/{lesson.stem}.json", tape)]
    what = f"strict nbval of {lesson.stem}, computing all but the model's words"
    return [
        Row(what, own, "from a vcrpy cassette", base, unit="s"),
        Row(f"the recording of {lesson.stem}", sizes[0], "the cassette", sizes[1], unit="KB"),
    ]


def write_recording(lesson: Path, path: Path, tape: Path) -> Path:
    """Write a copy of a lesson that records all its HTTP requests."""
    notebook = load(lesson).notebook
    opening, closing = OPEN.format(mode="once", file=str(tape)), CLOSE
    notebook.cells = [silent_cell(opening), *notebook.cells, silent_cell(closing)]
    return write(notebook, path)


def write_replaying(lesson: Path, path: Path, tape: Path) -> Path:
    """Write a copy of a lesson whose client gets all answers from the cassette, without local_api."""
    replaying = load(lesson)
    setup = replaying.code[0]
    setup.source, setup.outputs = OPEN.format(mode="none", file=str(tape)) + PLAIN_CLIENT, []
    return write(replaying.notebook, path)
