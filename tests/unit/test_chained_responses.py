"""What a long conversation takes in the database: each of its responses keeps its own share, and not all before it."""

from __future__ import annotations

import json
from pathlib import Path

from local_api import lasting_home
from local_api.model.recorded import RecordedModel
from local_api.model.recording import load_recording

TURNS = 24
TEXT = "word " * 100


def test_chained_responses_take_room_for_their_own_items_only(tmp_path: Path) -> None:
    messages = [entry for turn in range(TURNS) for entry in ({"user": f"{turn} {TEXT}"}, {"assistant": TEXT})]
    recording = {
        "source": "written for this test",
        "date": "2026-11-22",
        "conversations": [{"instructions": None, "messages": messages}],
    }
    (tmp_path / "long.json").write_text(json.dumps(recording))
    home = lasting_home(tmp_path / "db", RecordedModel([load_recording(tmp_path / "long.json")]))
    sizes, previous = [], None
    for turn in range(TURNS):
        given = {"model": "m", "input": f"{turn} {TEXT}", "previous_response_id": previous}
        previous = home.responses.run(home.responses.create(given))["id"]
        sizes.append(len(json.dumps(home.store.get_work(previous))))
    assert max(sizes) < 2 * len(TEXT)
    home.store.close()
