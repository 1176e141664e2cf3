"""Sessions over time: what ends them, what outlives them, and in which order things come."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from contract.talks import answer_to, ask, cancel, finish, steps_of, talk, thread_with, tutor
from local_api.sandbox import ToolUnavailable, python
from sandbox.sessions import Called, Run, are_gone, below_us, is_there, logs_of, obeying, runner
from waiting import PATIENCE, nobody_works, until

TOOLS = [{"type": "code_interpreter"}]
SLEEP = "import time\nopen('/mnt/data/started', 'w').close()\ntime.sleep(600)"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(tools: Callable) -> Run:
    """A function that runs code in a session, where there is no sandbox too: all of it is harmless."""
    return runner(tools(is_trusted=True))


@pytest.fixture
def client(tools: Callable, answered: Callable, monkeypatch: pytest.MonkeyPatch):
    """A client of a live home whose model runs the code that the user says."""
    monkeypatch.setenv("ALLOW_LOCAL_CODE", "1")
    return answered(obeying)[0]


def kernels() -> list[psutil.Process]:
    """The processes below this one that run code, or began it."""
    return [process for process in below_us() if is_there(process) and "kernel_main" in " ".join(process.cmdline())]


@pytest.fixture
def when_asleep(home_of_sessions: Path):
    """A function that does something as soon as the code SLEEP sleeps, while the test waits for that code."""
    pool = ThreadPoolExecutor()

    def when_asleep_(do: Callable[[], object]) -> None:
        pool.submit(lambda: (until(lambda: list(home_of_sessions.glob("python-*/data/started"))), do()))

    yield when_asleep_
    pool.shutdown()


def kill_kernels() -> None:
    for process in kernels():
        process.kill()


def code(snippet: str) -> dict:
    return {"calls": [{"name": "python", "arguments": {"code": snippet}}]}


# --- killed, cancelled, closed while they work ---


def test_a_killed_kernel_is_told_of_and_the_next_call_works(run: Run, when_asleep: Callable) -> None:
    when_asleep(kill_kernels)
    assert "has ended" in run(SLEEP).logs
    assert run("print('alive')").logs == "alive\n"


def test_recorded_a_reply_that_needs_what_a_killed_kernel_never_printed_fails(
    open_home: Callable, tools: Callable, when_asleep: Callable
) -> None:
    client = open_home(talk({"user": "x"}, code(SLEEP), {"assistant": "42", "needs": ["42"]}, tools=["python"]))
    when_asleep(kill_kernels)
    failed = ask(client, thread_with(client), tutor(client, tools=TOOLS), "x")
    assert failed.status == "failed"
    assert "'42'" in failed.last_error.message and "has ended" in failed.last_error.message


def test_live_the_model_is_told_and_may_go_on(client, when_asleep: Callable) -> None:
    assistant, thread = tutor(client, tools=TOOLS), thread_with(client)
    when_asleep(kill_kernels)
    run = ask(client, thread, assistant, SLEEP)
    assert (run.status, answer_to(client, run)) == ("completed", "Done.")
    assert "has ended" in logs_of(client, run)
    assert logs_of(client, ask(client, thread, assistant, "print('alive')")) == "alive\n"


def test_a_run_is_cancelled_while_its_code_works(client, when_asleep: Callable) -> None:
    assistant, thread = tutor(client, tools=TOOLS), thread_with(client)
    client.beta.threads.messages.create(thread.id, role="user", content="x = 5\n" + SLEEP)
    run = client.beta.threads.runs.create(thread.id, assistant_id=assistant.id)
    when_asleep(lambda: cancel(client, run))
    assert finish(client, run).status == "cancelled"
    assert [step.status for step in steps_of(client, run)] == ["cancelled"]
    assert "characters" not in logs_of(client, run) and "seconds" not in logs_of(client, run)
    nobody_works()
    assert logs_of(client, ask(client, thread, assistant, "print(x)")) == "5\n"


def test_nobody_waits_for_ever_for_a_session_that_is_closed(tools: Callable, when_asleep: Callable) -> None:
    tool = tools(is_trusted=True)
    ended: dict[str, object] = {}

    def call(snippet: str) -> None:
        try:
            ended[snippet] = runner(tool)(snippet)
        except Exception as error:
            ended[snippet] = error

    callers = [threading.Thread(target=call, args=[snippet], daemon=True) for snippet in (SLEEP, "print('next')")]
    callers[0].start()
    when_asleep(lambda: (callers[1].start(), time.sleep(0.5), tool.close()))
    until(lambda: callers[1].ident)
    for caller in callers:
        caller.join(PATIENCE)
    assert len(ended) == 2 and all(isinstance(end, (Called, ToolUnavailable)) for end in ended.values()), ended


# --- several, and none left ---


def test_the_code_of_three_threads_runs_at_the_same_time(client) -> None:
    assistant = tutor(client, tools=TOOLS)
    snippet = "import time; print(time.time()); time.sleep(2); print(time.time())"
    threads = [thread_with(client, snippet) for _ in range(3)]
    runs = [client.beta.threads.runs.create(thread.id, assistant_id=assistant.id) for thread in threads]
    times = [list(map(float, logs_of(client, finish(client, run)).split())) for run in runs]
    assert max(start for start, _ in times) < min(end for _, end in times)


PROGRAM = """
import psutil, time
from local_api.sandbox.python import PythonTool
tool = PythonTool(is_trusted=True)
for session in "ab":
    tool.run(session, "x = 1", {}, lambda: True)
print(*(process.pid for process in psutil.Process().children(recursive=True)), flush=True)
input()
"""


@pytest.mark.parametrize("end", ["normal", "killed", "killed while code runs"])
def test_sessions_end_with_their_process(home_of_sessions: Path, end: str) -> None:
    program = PROGRAM
    if "code" in end:
        program = program.replace("input()", "tool.run('a', 'while True: pass', {}, lambda: True)")
    environment = {**os.environ, "TMPDIR": str(home_of_sessions)}
    command = [sys.executable, "-c", program]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True) as owner:
        processes = [psutil.Process(int(pid)) for pid in owner.stdout.readline().split()]
        assert processes
        if end == "normal":
            owner.communicate("\n")
            assert owner.returncode == 0
        else:
            time.sleep(0.3)
            owner.kill()
    assert are_gone(processes)
    for folder in home_of_sessions.glob("python-*"):
        assert end != "normal", "folders of sessions are left behind"
        shutil.rmtree(folder)


def test_an_idle_session_ends_and_the_next_call_has_its_files_again(
    open_home: Callable, tools: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(python, "SESSION", 1)
    make = "x = 1\nopen('made.txt', 'w').write(open('in.txt').read() + '!')"
    look = "print(open('in.txt').read(), open('made.txt').read(), 'x' in globals())"
    entries = [{"user": "make"}, code(make), {"assistant": "Made."}, {"user": "look"}, code(look)]
    client = open_home(talk(*entries, {"assistant": "See.", "needs": ["given given! False"]}, tools=["python"]))
    file = client.files.create(file=("in.txt", b"given"), purpose="assistants")
    assistant = tutor(client, tools=TOOLS, tool_resources={"code_interpreter": {"file_ids": [file.id]}})
    thread = thread_with(client)
    assert ask(client, thread, assistant, "make").status == "completed"
    until(lambda: not kernels())
    again = ask(client, thread, assistant, "look")
    assert again.status == "completed", again.last_error


# --- what comes out ---


def test_what_code_prints_and_shows_comes_in_its_order(client) -> None:
    snippet = (
        "import matplotlib.pyplot as plt\nprint('one')\nplt.plot([1, 2]); plt.show()\nprint('two')\n"
        "display('three')\nimport sys; print('four', file=sys.stderr)\n'five'"
    )
    run = ask(client, thread_with(client), tutor(client, tools=TOOLS), snippet)
    first, picture, rest = steps_of(client, run)[0].step_details.tool_calls[0].code_interpreter.outputs
    assert (first.logs, picture.type) == ("one\n", "image")
    # What goes to stderr has a way of its own, so that only its own order is sure.
    assert rest.logs.replace("four\n", "") == "two\n'three'\n'five'\n" and "four\n" in rest.logs


def test_the_files_that_one_call_made_are_not_the_next_ones(run: Run) -> None:
    many = run("for n in range(30): open(f'/mnt/data/{n:02}', 'w').close()")
    assert list(many.files) == [f"{n:02}" for n in range(20)] and "first 20" in many.logs
    again = run("open('/mnt/data/more', 'w').close()")
    assert (again.files, again.logs) == ({"more": b""}, "")
