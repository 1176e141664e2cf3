"""File search as a tool: passages from vector stores."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from local_api.documents.vector_stores import Found, VectorStores
from local_api.engine.toolbox import Context, Reference, Use
from local_api.errors import APIError
from local_api.model.citations import marker, search_output
from local_api.storage.texts import storable

NOTHING = "[Nothing was found. The documents may not mention it, or may use other words.]"


class FileSearch:
    """Searches for the model.

    Args:
        vector_stores: where passages are found.
    """

    type = "file_search"
    name = "file_search"
    item_type = "file_search_call"
    optional = "results"

    def __init__(self, vector_stores: VectorStores) -> None:
        self._vector_stores = vector_stores

    def function(self, context: Context) -> dict[str, Any]:
        """The tool as the model sees it: description and parameters of a function."""
        description = (
            "Searches the user's documents and returns passages, the best first, each below its marker. Search by "
            "words that the passage would hold, in the language of the documents. After each sentence that rests on a "
            "passage repeat the passage's marker exactly, with its brackets, for example 【4:0†notes.txt】."
        )
        queries = {"type": "array", "items": {"type": "string"}, "description": "One to five searches"}
        schema = {"type": "object", "properties": {"queries": queries}, "required": ["queries"]}
        return {"description": description, "parameters": {**schema, "additionalProperties": False}, "strict": True}

    def begin(self, arguments: str, context: Context) -> Use:
        """A search that has not been made yet."""
        ranking, queries = context.search.ranking, queries_in(arguments)
        return Use(
            {"ranking_options": ranking, "results": []},
            item={},
            item_events=[(".in_progress", {}), (".searching", {})],
            deltas=[{"ranking_options": ranking, "results": []}],
            kept={"queries": queries},
        )

    def finish(self, use: Use, context: Context, new_id: Callable[[], str], wanted: Callable[[], bool]) -> None:
        """Search: the model is given the passages, and the details name them without their texts."""
        call, queries = len(context.searches), use.kept["queries"]
        context.searches.append([])
        use.item.update(queries=queries, results=[])
        try:
            self._vector_stores.wait_for(context.vector_store_ids, wanted)
        except APIError as error:
            use.output = f"[{error.message}]"
            return
        how = context.search
        found = self._vector_stores.search(
            context.vector_store_ids,
            queries,
            limit=how.limit,
            threshold=how.ranking["score_threshold"],
            filters=how.filters,
        )
        context.searches[call] = [(passage.file_id, passage.filename) for passage in found]
        use.details["results"] = [_result(passage) for passage in found]
        use.item["results"] = [_item_result(passage) for passage in found]
        use.kept["texts"] = [passage.text for passage in found]
        passages = [(marker(call, place, it.filename), it.page, it.text) for place, it in enumerate(found)]
        use.output = search_output(passages) or NOTHING

    def forget(self, session: str) -> None:
        """Nothing to do: searches keep nothing of their own."""

    def new_item(self, context: Context) -> dict[str, Any]:
        """The members of an output item when its search begins."""
        return {"queries": [], "results": None}

    def replayed(self, item: Mapping[str, Any], number: int) -> tuple[dict[str, Any], str]:
        """The queries of a search in an earlier response, and the passages that it found."""
        results = enumerate(item["results"] or [])
        passages = [f"{marker(number, place, result['filename'])}\n{result['text']}" for place, result in results]
        return {"queries": item["queries"]}, "\n\n".join(passages)

    def literals(self, context: Context) -> dict[str, Reference]:
        """The markers of all passages that were found."""
        return {
            marker(call, place, filename): Reference("file_citation", file_id, filename)
            for call, files in enumerate(context.searches)
            for place, (file_id, filename) in enumerate(files)
        }


def queries_in(arguments: str) -> list[str]:
    """The searches in a call's arguments. Small models often send one text instead, which is taken as it is."""
    try:
        value = json.loads(arguments)
    except (ValueError, RecursionError):
        return [arguments]
    queries = value.get("queries", value.get("query")) if isinstance(value, dict) else value
    queries = queries if isinstance(queries, list) else [queries]
    return [storable(query) for query in queries if isinstance(query, str)]


def with_texts(step: dict[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """A step whose search results hold their texts, for clients that `include` them.

    Args:
        step: as other clients see it; it is changed.
        kept: what this program keeps beside it.
    """
    for call in step["step_details"].get("tool_calls", []):
        if call["type"] == FileSearch.type:
            for result, text in zip(call["file_search"]["results"], kept.get("texts", []), strict=False):
                result["content"] = [{"type": "text", "text": text}]
    return step


def _item_result(found: Found) -> dict[str, Any]:
    file = {"file_id": found.file_id, "filename": found.filename}
    return {"attributes": found.attributes, **file, "score": found.score, "text": found.text}


def _result(found: Found) -> dict[str, Any]:
    return {
        "file_id": found.file_id,
        "file_name": found.filename,
        "score": found.score,
        "attributes": found.attributes,
    }
