"""The OpenAI Assistants API on your own machine, and the Responses and Conversations APIs that follow it.

The original was switched off on 2026-08-26. This one keeps its objects in SQLite, and its replies come from a recording
or from any endpoint of the Responses API. Each package imports only those below it, and its docstring says what it
knows:

- `http`: paths, server, transport. `home`: puts everything together.
- `assistants`, `responses`: what the API does with their objects. `hosted`: the tools that it runs itself.
- `documents`: files and vector stores. `engine`: the loop of model and tools.
- `bodies`: what clients may send. `retrieval`: reading and searching documents. `model`: what answers.
- `errors`: the API's errors. `sandbox`: runs Python. `storage`: the database, files, ids, clocks and leases.
- `settings`: the environment and `.env`. `tokens`: estimates of token counts.
"""

from .home import Home, lasting_home, live_home, recorded_home
from .http.app import create_app
from .model.live import endpoint_client
from .model.recording import RecordingError
from .settings import Endpoint, chosen_endpoint, chosen_mode, recordings_folder

__all__ = [
    "Endpoint",
    "Home",
    "RecordingError",
    "chosen_endpoint",
    "chosen_mode",
    "create_app",
    "endpoint_client",
    "lasting_home",
    "live_home",
    "recorded_home",
    "recordings_folder",
]
