"""`python course.py record LESSON`: record a lesson again, with the live model that the settings name.

A live run with all exercises solved collects the replies. The outputs come from a second run, which replays them.
Nothing is overwritten before both differences have been shown and confirmed.
"""

from __future__ import annotations

import difflib
import json
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
from nbclient.exceptions import CellExecutionError

from local_api.model.recorder import recording_of
from local_api.model.recording import RecordingError, load_recording
from local_api.settings import COURSE, Endpoint, chosen_endpoint

from .lesson import Lesson, kernel, load, run, shown

LINE_BREAK = "\n      "  # between the messages of a conversation


def main(arguments: list[str]) -> None:
    """Record the lesson that the command line names; ``--yes`` confirms in advance."""
    names = [argument for argument in arguments if argument != "--yes"]
    path = COURSE / "notebooks" / f"{names[0] if len(names) == 1 else ''}.ipynb"
    if not path.is_file():
        known = ", ".join(sorted(other.stem for other in path.parent.glob("*.ipynb")))
        sys.exit(f"Name one lesson to record: {known}.")
    try:
        record(path, is_confirmed="--yes" in arguments)
    except (CellExecutionError, RecordingError) as error:
        sys.exit(f"Nothing was changed: {error}")


def record(path: Path, is_confirmed: bool) -> None:
    """Record the lesson in this file.

    Args:
        path: the notebook.
        is_confirmed: whether to write without asking.

    Raises:
        CellExecutionError: a cell of the lesson failed.
        RecordingError: the collected replies are not a valid recording.
    """
    endpoint = chosen_endpoint()
    print(f"Running {path.stem} live: {endpoint.model or 'the models it names'} at {endpoint.base_url}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        new = Path(folder) / f"{path.stem}.json"
        new.write_text(collect(path, endpoint, Path(folder)), encoding="utf-8")
        load_recording(new)
        print("Replaying it.", flush=True)
        replayed = load(path)
        with kernel(replayed, COURSE_RECORDINGS=folder) as client:
            run(client, replayed.code)
        old, text = COURSE / "data" / "recordings" / new.name, new.read_text(encoding="utf-8")
        show_difference(new.name, old.read_text(encoding="utf-8") if old.exists() else "", text)
        show_difference(path.name, outputs_of(load(path)), outputs_of(replayed))
        if not is_confirmed and input("Write both? [y/N] ").strip().lower() != "y":
            sys.exit("Nothing was changed.")
        old.write_text(text, encoding="utf-8")
        nbformat.write(replayed.notebook, path)
        print(f"Written: {old.relative_to(COURSE)} and {path.relative_to(COURSE)}.")


def collect(path: Path, endpoint: Endpoint, folder: Path) -> str:
    """Run the lesson live, and return its replies as the text of a recording."""
    lesson, answers = load(path), folder / "answers.jsonl"
    lesson.solve()
    answers.touch()
    settings = {"COURSE_RECORD_TO": str(answers), "LOCAL_API_DB": str(folder / "live.sqlite3")}
    with kernel(lesson, COURSE_MODE="live", **settings) as client:
        run(client, lesson.code)
    source = f"by {endpoint.model or 'the models named'} at {urlsplit(endpoint.base_url).hostname}"
    return as_text(recording_of(answers, source, date.today()))


def as_text(recording: dict[str, Any]) -> str:
    """A recording as JSON that people can read, with one line for each message."""
    messages = [conversation["messages"] for conversation in recording["conversations"]]
    marks = {f'"@{number}"': lines_of(entries) for number, entries in enumerate(messages)}
    outline = {
        **recording,
        "conversations": [
            {**conversation, "messages": f"@{number}"} for number, conversation in enumerate(recording["conversations"])
        ],
    }
    text = json.dumps(outline, ensure_ascii=False, indent=2)
    for mark, lines in marks.items():
        text = text.replace(f'"messages": {mark}', f'"messages": {lines}')
    return text + "\n"


def lines_of(entries: list[dict[str, Any]]) -> str:
    """The messages of a conversation as a JSON list, one on each line."""
    lines = ",".join(f"{LINE_BREAK}  {json.dumps(entry, ensure_ascii=False)}" for entry in entries)
    return f"[{lines}{LINE_BREAK}]"


def outputs_of(lesson: Lesson) -> str:
    """All outputs of a lesson, as text to compare."""
    parts: list[str] = []
    for cell in lesson.code:
        parts += [f"# cell {cell.execution_count}", *(json.dumps(part, ensure_ascii=False) for part in shown(cell))]
    return "\n".join(parts)


def show_difference(name: str, old: str, new: str) -> None:
    """Print what changes in a file."""
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), f"{name} now", f"{name} then", lineterm=""))
    print("\n".join(lines) if lines else f"{name}: no change.")


if __name__ == "__main__":
    main(sys.argv[1:])
