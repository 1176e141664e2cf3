"""The machine of responses: what only they have, beside the loop that they share with runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from threading import get_ident
from typing import Any

from local_api.engine import states
from local_api.engine.loop import Loop, ignore
from local_api.engine.toolbox import Context, Search, Toolbox
from local_api.engine.turn import Emit, ModelItem, Turn, Work
from local_api.model.model import Model, ModelRequest
from local_api.storage.clock import Clock
from local_api.storage.ids import Ids
from local_api.storage.leases import Leased
from local_api.storage.store import Store

from . import objects
from .containers import Containers
from .items import Items
from .objects import Response
from .prompt import model_request
from .turn import ResponseTurn


@dataclass
class ResponseWork(Work):
    """What is kept beside a response.

    Args:
        history: what led to the question, as the model is given it.
        container_id: where its code runs; empty if it runs none.
        include: the members that the client asked to see.
    """

    history: list[ModelItem] = field(default_factory=list)
    container_id: str = ""
    include: list[str] = field(default_factory=list)


class ResponseMachine(Loop[Response, ResponseWork]):
    """Responses and their transitions.

    Args:
        store, clock, ids, model, toolbox, leases: as in `Loop`.
        items: the items of responses and conversations.
        containers: where their code runs.
    """

    kind = "response"
    lifecycle = states.RESPONSE
    error = "error"
    cut = "max_output_tokens"

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        model: Model,
        toolbox: Toolbox,
        leases: Leased | None,
        *,
        items: Items,
        containers: Containers,
    ) -> None:
        super().__init__(store, clock, ids, model, toolbox, leases)
        self._items = items
        self._containers = containers

    def cancel(self, response: Response) -> Response:
        """Stop a response at once; one that has ended stays as it is."""
        response = self.current(response)
        if response["status"] not in self.lifecycle.leading_to("cancelled"):
            return response
        return self._end(response, "cancelled", ignore)

    def work_of(self, response_id: str) -> ResponseWork:
        """What is kept beside a response."""
        return ResponseWork(**self.store.get_work(response_id))

    # --- what the loop asks ---

    def _parent(self, response: Response) -> str:
        return ""

    def _scope(self, response: Response) -> str:
        return scope_of(response)

    def _work(self, response: Response) -> ResponseWork:
        return self.work_of(response["id"])

    def _turn(self, response: Response, work: ResponseWork, emit: Emit) -> Turn:
        tools, context = self._own_tools(response), self._context(response, work)
        return ResponseTurn(response, work, tools, context, store=self.store, ids=self.ids, emit=emit)

    def _request(self, response: Response, work: ResponseWork, turn: Turn) -> ModelRequest:
        return model_request(response, work.history, work, turn.tools, turn.context)

    def _rest(self, turn: Turn) -> tuple[str, dict[str, Any]]:
        return "completed", {}

    def _stopped(self, response: Response, emit: Emit) -> str:
        return "cancelled"

    def _close(
        self, response: Response, status: str, work: ResponseWork, error: Mapping[str, str] | None, emit: Emit
    ) -> dict[str, Any]:
        # What led to the question is in the items of earlier responses: kept here too, it would grow with the square of
        # a conversation's length.
        self.store.put_work(response["id"], asdict(replace(work, history=[], items=[])))
        if status not in ("completed", "incomplete"):
            return {}
        if response["conversation"]:
            conversation_id, now = response["conversation"]["id"], self.clock.tick(self._scope(response))
            self._items.add(conversation_id, [*self._items.of(response["id"]), *response["output"]], now)
        return {"usage": objects.usage(work.usage)}

    def _announce(self, response: Response, emit: Emit) -> None:
        if response["status"] != "cancelled":  # there is no event of that name
            emit(f"response.{response['status']}", {"response": response})

    def _is_interrupted(self, response: Response) -> bool:
        if super()._is_interrupted(response) or response["background"]:
            return super()._is_interrupted(response)
        # One that isn't in the background is worked on within its request. If the thread of that request asks for it
        # in another one, the first was broken off, even before the model was called.
        is_idle = self._leases is None and response["id"] not in self._in_work
        return is_idle and response["status"] == "in_progress" and self.claims.get(response["id"]) == get_ident()

    def _context(self, response: Response, work: ResponseWork) -> Context:
        """The response as tools see it: the container, and the vector stores that its file search names."""
        tool = next((tool for tool in response["tools"] if tool["type"] == "file_search"), None)
        search = Search(objects.RANKING, 0)
        if tool:
            search = Search(tool["ranking_options"], tool["max_num_results"], tool["filters"])
        container = self._containers.get(work.container_id)
        return Context(
            session=work.container_id,
            file_ids=container["file_ids"] if container else [],
            vector_store_ids=tool["vector_store_ids"] if tool else [],
            search=search,
            searches=list(work.searches),
        )


def scope_of(response: Response) -> str:
    """The id of the object whose clock a response goes by: its conversation, or itself."""
    return response["conversation"]["id"] if response["conversation"] else response["id"]
