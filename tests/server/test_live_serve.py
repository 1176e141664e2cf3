"""`serve` in live mode, in front of a scripted model."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path

from contract.talks import CHAT, finish, tutor
from server.running import launch, ready, write_recording

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_the_model_sees_the_pictures_that_were_uploaded(scripted: Callable, tmp_path: Path) -> None:
    endpoint = scripted()
    settings = {"MODEL_BASE_URL": endpoint.url, "MODEL_API_KEY": "", "OPENAI_API_KEY": ""}
    server = ready(launch("--mode", "live", "--port", 0, "--db", tmp_path / "objects.sqlite3", **settings))
    try:
        client = server.client()
        picture = client.files.create(file=("dot.png", PNG), purpose="vision")
        content = [
            {"type": "text", "text": "What is it?"},
            {"type": "image_file", "image_file": {"file_id": picture.id}},
        ]
        thread = client.beta.threads.create(messages=[{"role": "user", "content": content}])
        run = finish(client, client.beta.threads.runs.create(thread.id, assistant_id=tutor(client).id))
    finally:
        server.close()
    assert (run.status, run.last_error) == ("completed", None)
    (shown,) = [part for part in endpoint.bodies[0]["input"][0]["content"] if part["type"] == "input_image"]
    assert shown["image_url"] == "data:image/png;base64," + base64.b64encode(PNG).decode()


def first_line(*options: object, **settings: str) -> str:
    """What a server that has started says on stderr; stdout begins with its address."""
    server = ready(launch("--port", 0, *options, stderr=subprocess.PIPE, **settings))
    try:
        return server.process.stderr.readline().strip()
    finally:
        server.close()
        server.process.stderr.close()


def test_a_server_says_at_its_start_what_answers(tmp_path: Path) -> None:
    recording, objects = write_recording(tmp_path, CHAT), ("--db", tmp_path / "objects.sqlite3")
    said = first_line("--recording", recording, *objects)
    assert said.startswith(f"local_api: recorded mode: replies from the recordings {recording.stem}. ")
    assert said.endswith("A run whose question isn't recorded ends as failed; to ask a model, use --mode live.")
    settings = {"MODEL_BASE_URL": "http://127.0.0.1:9/v1", "MODEL_API_KEY": "planted", "MODEL_NAME": "tiny"}
    said = first_line("--mode", "live", *objects, **settings)
    assert said == "local_api: live mode: tiny at http://127.0.0.1:9/v1, with a key"
