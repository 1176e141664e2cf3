"""The machine of responses: what only they have, beside the loop that they share with runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from local_api.engine import states
from local_api.engine.loop import Loop, ignore
from local_api.engine.toolbox import Context, Search
from local_api.engine.turn import Emit, Turn, Work
from local_api.model.model import ModelRequest
from local_api.storage.blobs import Blobs

from . import objects as objects
from .items import Items
from .prompt import model_request
from .turn import ResponseTurn


@dataclass
class ResponseWork(Work):
    """What is kept beside a response.

    Args:
        history: what led to the question, as the model is given it.
        container_id: where its code runs; empty if it runs none.
        include: what the client asked to see.
    """

    history: list[dict] = field(default_factory=list)
    container_id: str = ""
    include: list[str] = field(default_factory=list)


class ResponseMachine(Loop):
    """Responses and their transitions.

    Args:
        items: the items of responses and conversations.
        blobs: where pictures are.
        others: the arguments of `Loop`.
    """

    kind = "response"
    life = states.RESPONSE
    error = "error"
    cut = "max_output_tokens"

    def __init__(self, items: Items, blobs: Blobs, *others: Any) -> None:
        super().__init__(*others)
        self._items = items
        self._blobs = blobs

    def cancel(self, response: dict) -> dict:
        """Stop a response at once; one that has ended stays as it is."""
        response = self.current(response)
        if response["status"] not in self.life.leading_to("cancelled"):
            return response
        return self._end(response, "cancelled", ignore)

    # --- what the loop asks ---

    def _parent(self, response: dict) -> str:
        return ""

    def _scope(self, response: dict) -> str:
        return scope_of(response)

    def _work(self, response: dict) -> ResponseWork:
        return ResponseWork(**self.store.get_work(response["id"]))

    def _turn(self, response: dict, work: ResponseWork, emit: Emit) -> Turn:
        tools, context = self._own_tools(response), self._context(response, work)
        return ResponseTurn(
            response, work, tools, context, store=self.store, blobs=self._blobs, ids=self.ids, emit=emit
        )

    def _request(self, response: dict, work: ResponseWork, turn: Turn) -> ModelRequest:
        return model_request(response, work.history, work, turn.tools, turn.context)

    def _rest(self, turn: Turn) -> tuple[str, dict[str, Any]]:
        return "completed", {}

    def _stopped(self, response: dict, emit: Emit) -> str:
        return "cancelled"

    def _close(self, response: dict, status: str, work: Work, error: dict | None, emit: Emit) -> dict:
        if status not in ("completed", "incomplete"):
            return {}
        if response["conversation"]:
            conversation_id, now = response["conversation"]["id"], self.clock.tick(self._scope(response))
            self._items.add(conversation_id, [*self._items.of(response["id"]), *response["output"]], now)
        return {"usage": objects.usage(work.usage)}

    def _tell(self, response: dict, emit: Emit) -> None:
        if response["status"] != "cancelled":  # of which there is no event
            emit(f"response.{response['status']}", {"response": response})

    def _context(self, response: dict, work: ResponseWork) -> Context:
        """The response as tools see it: the container, and the vector stores that its file search names."""
        tool = next((tool for tool in response["tools"] if tool["type"] == "file_search"), None)
        search = Search(objects.RANKING, 0)
        if tool:
            search = Search(tool["ranking_options"], tool["max_num_results"], tool["filters"])
        container = self.store.get("container", work.container_id)
        return Context(
            session=work.container_id,
            file_ids=container["file_ids"] if container else [],
            store_ids=tool["vector_store_ids"] if tool else [],
            search=search,
            searches=list(work.searches),
        )


def scope_of(response: dict) -> str:
    """Whose time it is that passes for a response: its conversation's, or its own."""
    return response["conversation"]["id"] if response["conversation"] else response["id"]
