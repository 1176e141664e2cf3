"""Code that runs in sessions of the Python tool: what came of it, and which processes are there."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import openai
import psutil

from contract.talks import steps_of
from live.endpoint import Exchange, answer, call, message, streaming
from local_api.sandbox.python import PythonTool

SOON = 5  # seconds in which what was ended is gone
SECONDS = 20  # for one piece of code, where the time is not what stops it


@dataclass
class Called:
    """What came of a call.

    Args:
        logs: all that it printed.
        pictures: how many figures it showed.
        files: the beginning of each file that it made, by name.
        bytes: of all these files together.
    """

    logs: str
    pictures: int
    files: dict[str, bytes]
    bytes: int


Run = Callable[..., Called]


def is_there(process: psutil.Process) -> bool:
    """Whether a process still runs; one that only waits to be buried does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def are_gone(processes: list[psutil.Process]) -> bool:
    """Whether all of them end soon."""
    end = time.monotonic() + SOON
    while any(map(is_there, processes)) and time.monotonic() < end:
        time.sleep(0.02)
    return not any(map(is_there, processes))


def below_us() -> list[psutil.Process]:
    """All processes that this one started, and they in turn."""
    return psutil.Process().children(recursive=True)


def obeying(exchange: Exchange) -> None:
    """The endpoint of a model that runs whatever code the user says, and is done then."""
    latest = exchange.body["input"][-1]
    is_done = latest["type"] == "function_call_output"
    item = message("Done.") if is_done else call(json.dumps({"code": latest["content"]}), name="python")
    streaming(*answer(item))(exchange)


def logs_of(client: openai.OpenAI, run: openai.types.beta.threads.Run) -> str:
    """What the code of a run's first step printed."""
    outputs = steps_of(client, run)[0].step_details.tool_calls[0].code_interpreter.outputs
    return "".join(output.logs for output in outputs)


def runner(tool: PythonTool) -> Run:
    """A function that runs code in a session of this tool."""

    def run_(code: str, session: str = "session", **files: Path) -> Called:
        result = tool.run(session, code, {name.replace("_", "."): path for name, path in files.items()}, lambda: True)
        texts = [part for part in result.parts if isinstance(part, str)]
        contents, size = {}, 0
        for name, file in result.files.items():
            with closing(file):
                contents[name] = file.read(100)
                size += file.seek(0, 2)
        return Called("".join(texts), len(result.parts) - len(texts), contents, size)

    return run_
