"""`python -m maintenance.probe`: whether the live model answers. `course.py check` runs it."""

from __future__ import annotations

from helpers.connection import MODEL
from local_api.model.live import LiveModel
from local_api.model.model import ModelFailure, ModelRequest
from local_api.settings import chosen_endpoint


def main() -> None:
    """Print what answers; or what doesn't, and on a second line what to do."""
    try:
        endpoint = chosen_endpoint()
        live_model = LiveModel(endpoint)
    except ValueError as error:
        print("settings that can't be used", error, sep="\n")
        return
    model = endpoint.model or MODEL
    question = [{"type": "message", "role": "user", "content": "Say yes."}]
    request = ModelRequest(run_id="", turn=1, model=model, instructions=None, messages=question, max_output_tokens=1)
    try:
        for _ in live_model.respond(request):
            pass
    except ModelFailure as failure:
        print(f"{model} at {endpoint.base_url} does not answer", failure.message, sep="\n")
    else:
        print(f"{model} at {endpoint.base_url} answers")


if __name__ == "__main__":
    main()
