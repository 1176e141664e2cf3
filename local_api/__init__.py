"""The OpenAI Assistants API on your own machine, and the Responses and Conversations APIs that follow it.

The original was switched off on 2026-08-26. This one keeps its objects in SQLite and asks either recorded replies
or any Responses API endpoint for the words. Where to look:

- `app` and `routes`: HTTP, and nothing else. `bodies`: what clients may send. `errors`: what they are told.
- `home`: what the API does with its objects. `objects`: what they look like. `store` and `blobs`: where they are kept.
- `loop`: model and tools in turn, for runs and responses alike, with `turn`: one answer of the model. `states`: their
  lives. `drivers`: who takes them forward. `machine` and `run_turn`: what only runs have.
- `responses` and `conversations`: what the API does with them and their `items`. `response_machine`, `response_turn`
  and `response_prompt`: what only responses have in the loop. `objects_responses`: what they look like.
- `toolbox`: the tools that they have. `tools`: the Python session. `retrieval`: documents, their passages, the search.
- `vector_stores` and `store_files`: what the API does with vector stores and the files in them, which `indexing` (with
  threads: `index_pool`) reads. `filters`: over their attributes. `objects_vector_stores`: what they look like.
- `model`: what a model is. `recorded` and `recording`: the one that replays. `live`: the one that asks an endpoint.
- `server`: the same over HTTP. `settings`: what the environment and `.env` say.
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
