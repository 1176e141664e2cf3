"""Where there is no sandbox: live code asks to be allowed, recorded code runs; only harmless code here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contract.talks import ask, steps_of, talk, thread_with, tutor
from local_api.sandbox.bubblewrap import has_sandbox
from sandbox.sessions import Run, logs_of, obeying, runner

TOOLS = [{"type": "code_interpreter"}]


@pytest.fixture(autouse=True)
def no_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is on the path, and so no bubblewrap."""
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        has_sandbox.cache_clear()
        assert not has_sandbox()
        yield
    has_sandbox.cache_clear()


@pytest.fixture
def run(tools: Callable) -> Run:
    """A function that runs code in a session."""
    return runner(tools(is_trusted=True))


def live_run(answered: Callable, snippet: str):
    """A finished run of this code, with its client and its endpoint."""
    client, endpoint = answered(obeying)
    return ask(client, thread_with(client), tutor(client, tools=TOOLS), snippet), client, endpoint


def test_live_code_does_not_run_unless_allowed(
    answered: Callable, tools: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ALLOW_LOCAL_CODE", "")
    witness = tmp_path / "ran"
    run, client, endpoint = live_run(answered, f"open({str(witness)!r}, 'w')")
    told = endpoint.bodies[1]["input"][-1]
    assert told["type"] == "function_call_output"
    for text in (told["output"], logs_of(client, run)):
        assert "switched off" in text and "bubblewrap" in text and "ALLOW_LOCAL_CODE=1" in text
    assert run.status == "completed" and not witness.exists()


def test_live_code_that_is_allowed_runs(answered: Callable, tools: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOW_LOCAL_CODE", "1")
    snippet = "open('/mnt/data/a.txt', 'w').write('x')\nprint('/mnt/data')"
    run, client, endpoint = live_run(answered, snippet)
    assert logs_of(client, run) == "/mnt/data\n"
    assert steps_of(client, run)[0].step_details.tool_calls[0].code_interpreter.input == snippet
    assert endpoint.bodies[1]["input"][-1]["output"] == "/mnt/data\n[New file: sandbox:/mnt/data/a.txt]\n"


def test_recorded_lessons_run(open_home: Callable, tools: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOW_LOCAL_CODE", "")
    called = {"calls": [{"name": "python", "arguments": {"code": "print(6 * 7)"}}]}
    client = open_home(talk({"user": "x"}, called, {"assistant": "42", "needs": ["42"]}, tools=["python"]))
    assert ask(client, thread_with(client), tutor(client, tools=TOOLS), "x").status == "completed"


# A snippet, what it prints, and the files that it makes.
SNIPPETS = {
    "prints": ("print('a'); 1 + 1", "a\n2\n", {}),
    "a constant": ("p = '/mnt/data/a'\nopen(p, 'w').write('x')\nprint(p)", "/mnt/data/a\n", {"a": b"x"}),
    "an f-string": ("n = 'a'\nopen(f'/mnt/data/{n}', 'w').write('x')\nprint(f'{n}: /mnt/data/{n}')",
                    "a: /mnt/data/a\n", {"a": b"x"}),
    "pathlib": ("from pathlib import Path\np = Path('/mnt/data')\n(p / 'a').write_text('x')\nprint(list(p.iterdir()))",
                "[PosixPath('/mnt/data/a')]\n", {"a": b"x"}),
    "other names": ("print('/mnt/database', 'see /mnt/data')", "/mnt/database see /mnt/data\n", {}),
    "listing": ("import os; open('a', 'w').close(); print(os.listdir('/mnt/data'), os.getcwd())",
                "['a'] /mnt/data\n", {"a": b""}),
    "a function that is defined first": (
        "def save(name, folder='/mnt/data'):\n    open(folder + '/' + name, 'w').close()\nsave('a')", "", {"a": b""}),
}  # fmt: skip


@pytest.mark.parametrize("name", SNIPPETS)
def test_code_finds_its_folder_under_the_usual_name(run: Run, name: str) -> None:
    snippet, printed, files = SNIPPETS[name]
    called = run(snippet)
    assert (called.logs, called.files) == (printed, files)


def test_an_error_names_the_folder_as_the_code_does(run: Run) -> None:
    logs = run("open('/mnt/data/none')").logs
    assert "FileNotFoundError" in logs and "'/mnt/data/none'" in logs and "python-" not in logs


def test_a_figure_with_hangul_is_drawn_without_a_warning(run: Run) -> None:
    called = run("import matplotlib.pyplot as plt\nplt.title('한글'); plt.show()")
    assert (called.logs, called.pictures) == ("", 1)


def test_code_that_takes_too_long_is_stopped(tools: Callable) -> None:
    run = runner(tools(is_trusted=True, seconds=1))
    assert "stopped after 1 seconds" in run("x = 5\nwhile True: pass").logs
    assert run("print(x)").logs == "5\n"


def test_code_that_prints_too_much_is_stopped(run: Run) -> None:
    logs = run("while True: print('x' * 1000)").logs
    assert "50,000 characters" in logs and len(logs) < 51_000


def test_the_environment_holds_no_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_API_KEY", "planted")
    assert "planted" not in run("import os; print(dict(os.environ))").logs
