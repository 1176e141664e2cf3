"""A planted key is searched for in everything that live mode writes: it must be in the request, and nowhere else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from live.endpoint import KEY, answer, call, json_reply, message, refusing, saying, streaming
from live.test_faults import BEGUN, cut_in_a_chunk, quoting_the_key
from private import private_in

COURSE = Path(__file__).parents[2]
PARTS = KEY, KEY[3:-3]  # also without its ends, as some messages show a key

# Runs of all kinds in one process, with every log that there is; what is left open is left open, as in a kernel.
PROGRAM = """
import logging, sys, traceback
logging.basicConfig(level=logging.DEBUG, filename="program.log")
import helpers
client = helpers.connect(mode="live")
tool = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}}
assistant = client.beta.assistants.create(model="m", tools=[tool])
for number in range(int(sys.argv[1])):
    try:
        run = helpers.create_thread_and_run(client, assistant.id, f"Question {number}")[1]
        run = helpers.wait_on_run(client, run)
        if run.required_action:
            outputs = [{"tool_call_id": "call_1", "output": "24"}]
            options = {"run_id": run.id, "thread_id": run.thread_id, "tool_outputs": outputs}
            run = client.beta.threads.runs.submit_tool_outputs_and_poll(**options)
        print(run.to_json())
    except Exception:
        traceback.print_exc()
import local_api
from local_api.model.live import LiveModel
from local_api.model.model import ModelRequest
question = [{"type": "message", "role": "user", "content": "hi"}]
try:
    list(LiveModel(local_api.chosen_endpoint()).respond(ModelRequest("", 1, "m", None, question)))
except Exception as error:
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    print(*shown.format(), repr(error), error.__cause__, error.__context__)
"""

REPLIES = [
    refusing(401, "Incorrect API key provided"),
    refusing(400, "Bad request"),
    refusing(404, "No such model", "model_not_found"),
    refusing(429, "No more", "insufficient_quota", x_should_retry="false"),
    json_reply({"error": {"message": f"Bearer {KEY}"}}, 500, x_should_retry="false"),
    quoting_the_key(*BEGUN, code="server_error"),
    quoting_the_key(*BEGUN, nested=True),
    cut_in_a_chunk,
    streaming(*answer(message("Hello."), usage={"input_tokens": "many"})),
    streaming(*answer(call("{}"))),
    saying("Sunny."),
]
RUNS = len(REPLIES) - 1  # the last two are one run


def test_the_key_is_in_the_requests_and_nowhere_else(tmp_path: Path, scripted: Callable) -> None:
    endpoint = scripted(*REPLIES, refusing(401, "Incorrect API key provided"))
    settings = {"MODEL_BASE_URL": endpoint.url, "MODEL_API_KEY": KEY, "MODEL_NAME": "tiny"}
    files = {"LOCAL_API_DB": str(tmp_path / "objects.sqlite3"), "COURSE_RECORD_TO": str(tmp_path / "answers.jsonl")}
    paths = {"PYTHONPATH": os.pathsep.join([str(COURSE), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-c", PROGRAM, str(RUNS)]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **settings, **files, **paths}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert {exchange.key for exchange in endpoint.asked} == {KEY}
    assert len(endpoint.asked) == len(REPLIES) + 1, done.stderr + done.stdout
    check_that_something_was_written(tmp_path, done)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    written |= {"stdout": done.stdout.encode(), "stderr": done.stderr.encode()}
    found = [around(data, part) for data in written.values() for part in PARTS if part.encode() in data]
    assert found == []
    for name in ("objects.sqlite3", "answers.jsonl"):
        assert private_in(written[name].decode("utf-8", "replace")) == [], name


def check_that_something_was_written(folder: Path, done: subprocess.CompletedProcess) -> None:
    """Else there would be nothing to search."""
    assert {"objects.sqlite3", "answers.jsonl", "program.log"} <= {path.name for path in folder.iterdir()}
    assert "RunError" in done.stderr
    assert "ModelFailure" in done.stdout
    assert "POST" in (folder / "program.log").read_text(encoding="utf-8")
    assert json.loads((folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()[-1])["entry"]["assistant"]


def around(data: bytes, part: str) -> str:
    """Where the key stands, for the person who has to find out who wrote it."""
    place = data.index(part.encode())
    return data[max(place - 300, 0) : place + 60].decode(errors="replace")
