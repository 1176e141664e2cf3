"""Creating a thread together with a run on it: both or neither."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_api import lasting_home
from local_api.errors import APIError
from local_api.model.recorded import RecordedModel


def test_a_refused_run_leaves_no_thread_and_no_vector_store(tmp_path: Path):
    home = lasting_home(tmp_path / "db", RecordedModel([]))
    mute = home.assistants.create({"model": "m"})
    thread = {"tool_resources": {"file_search": {"vector_stores": [{}]}}}
    with pytest.raises(APIError, match="requires a Thread with a user message"):
        home.runs.create_with_thread({"assistant_id": mute["id"], "thread": thread})
    assert [home.store.page(kind).data for kind in ("thread", "vector_store", "run")] == [[], [], []]
    home.store.close()
