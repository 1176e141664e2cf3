"""How many sessions there are, and when they end: with their thread, with their home, and to make room for others."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import openai
import psutil
import pytest

import helpers
from contract.talks import ask, thread_with, tutor
from local_api.sandbox import ToolUnavailable
from local_api.sandbox.folders import owned_name
from local_api.sandbox.python import EVICTED, NO_ROOM, PythonTool
from sandbox.sessions import are_gone, below_us, is_there, obeying
from waiting import PATIENCE

TOOLS = [{"type": "code_interpreter"}]


def kernels() -> list[psutil.Process]:
    """The processes below this one that run code, or began it."""
    return [process for process in below_us() if is_there(process) and "kernel_main" in " ".join(process.cmdline())]


def printed(tool: PythonTool, session: str, code: str, wanted: Callable[[], bool] = lambda: True) -> str:
    return "".join(part for part in tool.run(session, code, {}, wanted).parts if isinstance(part, str))


@pytest.fixture
def tool(home_of_sessions: Path):
    tool = PythonTool(is_trusted=True, most_sessions=2)
    yield tool
    tool.close()


def test_the_session_that_has_been_idle_longest_makes_room_and_its_next_call_says_so(tool: PythonTool) -> None:
    for session in ("a", "b", "a", "c"):
        printed(tool, session, f"{session} = 1")
    assert len([process for process in kernels() if process.ppid() == os.getpid()]) == 2
    assert printed(tool, "a", "print(a)") == "1\n"  # used after b
    assert printed(tool, "b", "print('b' in dir())") == f"{EVICTED}False\n"
    assert printed(tool, "b", "print('once')") == "once\n"


def test_a_busy_session_is_never_ended_and_a_call_beyond_them_waits(tool: PythonTool) -> None:
    may_end = threading.Event()
    began = [threading.Event(), threading.Event()]

    def stay(number: int) -> None:
        def wanted() -> bool:
            began[number].set()
            return not may_end.is_set()

        tool.run(f"busy {number}", "while True: pass", {}, wanted)

    threads = [threading.Thread(target=stay, args=(number,), daemon=True) for number in (0, 1)]
    for thread in threads:
        thread.start()
    assert all(event.wait(PATIENCE) for event in began)
    with pytest.raises(ToolUnavailable, match=NO_ROOM):
        tool.run("third", "1", {}, lambda: False)
    output: list[str] = []
    waiting = threading.Thread(target=lambda: output.append(printed(tool, "third", "print(3)")), daemon=True)
    waiting.start()
    assert not output
    may_end.set()
    waiting.join(PATIENCE)
    assert output == ["3\n"]


def test_a_session_ends_with_its_thread(answered: Callable, tools: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOW_LOCAL_CODE", "1")
    client: openai.OpenAI = answered(obeying)[0]
    assistant, thread = tutor(client, tools=TOOLS), thread_with(client)
    before = set(kernels())
    ask(client, thread, assistant, "x = 1")
    begun = [process for process in kernels() if process not in before]
    client.beta.threads.delete(thread.id)
    assert begun and are_gone(begun)


def test_a_new_connection_leaves_no_session_of_the_one_before(capsys: pytest.CaptureFixture[str]) -> None:
    running = []
    for _ in range(3):
        client = helpers.connect("03_code_interpreter")
        home = helpers.connection._latest.home
        home.python.run("thread_x", "x = 1", {}, lambda: True)
        running.append(kernels())
    assert len(running[0]) == len(running[1]) == len(running[2])
    home.python.close()
    client.close()


def test_a_tool_that_is_forgotten_ends_its_sessions(home_of_sessions: Path) -> None:
    tool = PythonTool(is_trusted=True)
    before = set(kernels())
    printed(tool, "a", "1")
    begun = [process for process in kernels() if process not in before]
    del tool
    gc.collect()
    assert begun and are_gone(begun)


def test_folders_of_processes_that_are_gone_are_deleted_by_the_next_tool(home_of_sessions: Path) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    left = Path(tempfile.gettempdir()) / f"python-{gone.stdout.strip()}-abc"
    mine = Path(tempfile.gettempdir()) / owned_name("python-")
    for folder in (left, mine):
        (folder / "data").mkdir(parents=True)
    PythonTool(is_trusted=True)
    assert not left.exists() and mine.exists()
    (mine / "data").rmdir()
    mine.rmdir()
