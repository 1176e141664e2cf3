"""`python -m maintenance.probe`: the settings as the lessons read them, and whether the live model answers.

`course.py check` runs it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from helpers.connection import MODEL
from local_api.model.live import LiveModel
from local_api.model.model import ModelFailure, ModelRequest
from local_api.settings import MODES, chosen_endpoint, read_settings


def findings() -> Iterator[tuple[str, str, str]]:
    """The subject, what was found, and what to do if that is wrong."""
    settings = read_settings()
    mode = settings.get("COURSE_MODE", "recorded")
    yield "mode", mode, "" if mode in MODES else "set COURSE_MODE to recorded or to live"
    has_key = "MODEL_API_KEY" in settings or "OPENAI_API_KEY" in settings
    yield "key", "present, not shown" if has_key else "none; recorded lessons and local models need none", ""
    if mode == "live":
        yield "endpoint", *ask_endpoint()


def ask_endpoint() -> tuple[str, str]:
    """What answers a request of a few tokens; or what doesn't, and what to do."""
    try:
        endpoint = chosen_endpoint()
        live_model = LiveModel(endpoint)
    except ValueError as error:
        return "settings that can't be used", str(error)
    model = endpoint.model or MODEL
    question = [{"type": "message", "role": "user", "content": "Say yes."}]
    request = ModelRequest(run_id="", turn=1, model=model, instructions=None, messages=question, max_output_tokens=1)
    try:
        for _ in live_model.respond(request):
            pass
    except ModelFailure as failure:
        return f"{model} at {endpoint.base_url} does not answer", failure.message
    return f"{model} at {endpoint.base_url} answers", ""


if __name__ == "__main__":
    print(json.dumps(list(findings())))  # in ASCII, which every code page has
