"""File search as a tool of runs: passages from the assistant's and the thread's vector stores."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .citations import listed, marker
from .errors import APIError
from .store import Store
from .toolbox import Use
from .vector_stores import Found, VectorStores

MOST_RESULTS = 20  # unless the tool's options say otherwise
NOTHING = "[Nothing was found. The documents may not speak of it, or in other words.]"


class FileSearch:
    """Searches for the model.

    Args:
        store: where assistants, threads and steps are.
        vector_stores: where passages are found.
    """

    type = "file_search"
    name = "file_search"

    def __init__(self, store: Store, vector_stores: VectorStores) -> None:
        self._store = store
        self._vector_stores = vector_stores

    def function(self, run: dict) -> dict[str, Any]:
        """The tool as the model sees it: description and parameters of a function."""
        description = (
            "Searches the user's documents and returns passages, the best first, each below its marker. Search by "
            "words that the passage would hold, in the language of the documents. After each sentence that rests on a "
            "passage repeat the passage's marker exactly, with its brackets, for example 【4:0†notes.txt】."
        )
        queries = {"type": "array", "items": {"type": "string"}, "description": "One to five searches"}
        schema = {"type": "object", "properties": {"queries": queries}, "required": ["queries"]}
        return {"description": description, "parameters": {**schema, "additionalProperties": False}, "strict": True}

    def begin(self, arguments: str, run: dict) -> Use:
        """A search about to be made."""
        ranking = _options(run)["ranking_options"]
        use = Use({"ranking_options": ranking, "results": []}, kept={"queries": queries_in(arguments)})
        use.deltas.append({"ranking_options": ranking, "results": []})
        return use

    def finish(self, use: Use, run: dict, new_id: Callable[[], str], wanted: Callable[[], bool]) -> None:
        """Search; the passages are told to the model, and the step names them without their texts."""
        options = _options(run)
        try:
            stores = self._vector_stores.of_run(run, *self._users(run), wanted)
        except APIError as error:
            use.output = f"[{error.message}]"
            return
        limit = options.get("max_num_results", MOST_RESULTS)
        threshold = options["ranking_options"]["score_threshold"]
        found = self._vector_stores.search(stores, use.kept["queries"], limit=limit, threshold=threshold)
        call = len(self._searches(run)) - 1  # the step of this one is there already
        use.details["results"] = [_result(passage) for passage in found]
        use.kept["texts"] = [passage.text for passage in found]
        passages = [(marker(call, place, it.filename), it.page, it.text) for place, it in enumerate(found)]
        use.output = listed(passages) or NOTHING

    def literals(self, run: dict) -> dict[str, dict[str, Any]]:
        """The markers of all passages that were found in this run."""
        return {
            marker(call, place, result["file_name"]): {
                "type": "file_citation",
                "file_citation": {"file_id": result["file_id"]},
            }
            for call, results in enumerate(self._searches(run))
            for place, result in enumerate(results)
        }

    def _users(self, run: dict) -> tuple[dict | None, dict]:
        return self._store.get("assistant", run["assistant_id"]), self._store.get("thread", run["thread_id"])

    def _searches(self, run: dict) -> list[list[dict]]:
        """The results of the run's searches so far."""
        steps = self._store.page("step", run["id"], limit=None, order="asc").data
        calls = [call for step in steps for call in step["step_details"].get("tool_calls", [])]
        return [call["file_search"]["results"] for call in calls if call["type"] == self.type]


def queries_in(arguments: str) -> list[str]:
    """The searches in a call's arguments. Small models often send one text instead: taken as it is."""
    try:
        value = json.loads(arguments)
    except ValueError:
        return [arguments]
    queries = value.get("queries", value.get("query")) if isinstance(value, dict) else value
    queries = queries if isinstance(queries, list) else [queries]
    return [query for query in queries if isinstance(query, str)]


def with_texts(step: dict, kept: dict) -> dict:
    """A step whose results hold their texts too, for those who ask for them.

    Args:
        step: as it is shown to everybody.
        kept: what this program keeps beside it.
    """
    for call in step["step_details"].get("tool_calls", []):
        if call["type"] == FileSearch.type:
            for result, text in zip(call["file_search"]["results"], kept.get("texts", []), strict=False):
                result["content"] = [{"type": "text", "text": text}]
    return step


def _options(run: dict) -> dict[str, Any]:
    return next(tool["file_search"] for tool in run["tools"] if tool["type"] == FileSearch.type)


def _result(found: Found) -> dict[str, Any]:
    return {
        "file_id": found.file_id,
        "file_name": found.filename,
        "score": found.score,
        "attributes": found.attributes,
    }
