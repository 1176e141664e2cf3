"""Programs written for OpenAI's service, in Python and in Node, run unmodified: their every line of output is known.

Only base URL, key and model are given to them, through the environment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from contract.talks import CHAT, WEATHER
from server.running import Server, servers_in

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
NO_NODE = (
    "The openai package for Node is not here: npm install --prefix tests/clients openai, "
    "or COURSE_NODE=1 to have it installed for the test."
)

BEGINNING = """\
thread.run.created
thread.run.queued
thread.run.in_progress
thread.run.step.created
thread.run.step.in_progress
"""

OUTPUTS = {
    "polling.py": """\
run: requires_action
the model calls get_weather('Paris')
the model calls get_weather('Rome')
run: completed
user: Paris and Rome?
assistant: Paris 18, Rome 24.
step: tool_calls, completed
step: message_creation, completed
deleted both
""",
    "raw_streaming.py": f"""\
thread.created
{BEGINNING}\
thread.run.requires_action
  call 0: {{"city": "Paris"}}
  call 1: {{"city": "Rome"}}
-- outputs submitted
thread.run.step.completed
thread.run.queued
thread.run.in_progress
thread.run.step.created
thread.run.step.in_progress
thread.message.created
thread.message.in_progress
  word: 'Paris'
  word: ' 18,'
  word: ' Rome'
  word: ' 24.'
thread.message.completed
thread.run.step.completed
thread.run.completed
100 = 53 + 47 tokens
""",
    # The second call's arguments are done when its stream ends, and that is after the nested one: so the SDK works.
    "event_handler.py": """\
the model begins a call of get_weather
its arguments are {"city": "Paris"}
the model begins a call of get_weather
reply: Paris| 18,| Rome| 24.|
run: completed
its arguments are {"city": "Rome"}
stored: Paris 18, Rome 24.
""",
    "async_streaming.py": """\
1. hi -> Hello there, how are you?
1. What is 2 + 2? -> Four.
1. And twice that? -> Eight, of course.
2. hi -> Hello there, how are you?
2. What is 2 + 2? -> Four.
2. And twice that? -> Eight, of course.
3. hi -> Hello there, how are you?
3. What is 2 + 2? -> Four.
3. And twice that? -> Eight, of course.
""",
}
NODE_OUTPUTS = {
    "polling.mjs": """\
run: requires_action
the model calls get_weather("Paris")
the model calls get_weather("Rome")
run: completed
user: Paris and Rome?
assistant: Paris 18, Rome 24.
BadRequestError 400: Cannot cancel run with status 'completed'.
""",
    "streaming.mjs": f"""\
the model begins a call of get_weather
its arguments are {{"city": "Paris"}}
the model begins a call of get_weather
its arguments are {{"city": "Rome"}}
run: requires_action
step: tool_calls, completed
word: "Paris"
word: " 18,"
word: " Rome"
word: " 24."
step: message_creation, completed
run: completed
thread.created
{BEGINNING}\
thread.run.step.delta
thread.run.requires_action
""",
}
LANGCHAIN_OUTPUT = """\
Hello there, how are you?
Four.
get_weather(Paris) -> 18
get_weather(Rome) -> 24
Paris 18, Rome 24.
"""


@pytest.fixture(scope="module")
def weather_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that the programs share; each makes objects of its own."""
    with servers_in(tmp_path_factory.mktemp("server")) as start:
        yield start(CHAT, WEATHER)


@pytest.fixture(scope="module")
def node_programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the programs, in which Node finds the openai package."""
    if not shutil.which("node"):
        pytest.skip("Node is not installed.")
    if (HERE / "node_modules" / "openai").is_dir():
        return PROGRAMS
    if os.environ.get("COURSE_NODE") != "1":
        pytest.skip(NO_NODE)
    # Node looks for packages beside a program and above it, so the programs go where the package is.
    folder = tmp_path_factory.mktemp("node")
    command = [shutil.which("npm"), "install", "--prefix", folder, "--no-audit", "--no-fund", "openai"]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("npm could not install the openai package.")
    return shutil.copytree(PROGRAMS, folder / "programs")


def output_of(server: Server, *command: object) -> str:
    """What a program prints. It may complain of nothing, and must end well."""
    settings = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "any", "OPENAI_MODEL": "gpt-4o"}
    done = subprocess.run(
        list(map(str, command)), env={**os.environ, **settings}, capture_output=True, text=True, encoding="utf-8"
    )
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


def output_of_python(server: Server, program: str) -> str:
    # The SDK says in every call that the API is deprecated; that is known.
    return output_of(server, sys.executable, "-X", "utf8", "-W", "ignore", PROGRAMS / program)


@pytest.mark.parametrize(("program", "expected"), OUTPUTS.items(), ids=OUTPUTS)
def test_a_python_program(weather_server: Server, program: str, expected: str):
    assert output_of_python(weather_server, program) == expected


@pytest.mark.parametrize(("program", "expected"), NODE_OUTPUTS.items(), ids=NODE_OUTPUTS)
def test_a_node_program(weather_server: Server, node_programs: Path, program: str, expected: str):
    assert output_of(weather_server, "node", node_programs / program) == expected


@pytest.mark.skipif(not find_spec("langchain_classic"), reason="LangChain is not installed: langchain-classic")
def test_langchains_assistant(weather_server: Server):
    assert output_of_python(weather_server, "langchain_assistant.py") == LANGCHAIN_OUTPUT
