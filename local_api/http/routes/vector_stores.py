"""/vector_stores with their files and file batches"""

from __future__ import annotations

from flask import Blueprint, Response

from local_api.bodies.queries import PageQuery
from local_api.bodies.vector_stores import (
    CreateBatch,
    CreateStoreFile,
    CreateVectorStore,
    ModifyStoreFile,
    ModifyVectorStore,
    Search,
    StoreFilePageQuery,
)

from .shared import answer, answer_deleted, answer_list, home, page_request, read_body, read_query

blueprint = Blueprint("vector_stores", __name__, url_prefix="/v1/vector_stores")


@blueprint.post("")
def create() -> Response:
    return answer(home().vector_stores.create(read_body(CreateVectorStore).given()))


@blueprint.get("")
def list_() -> Response:
    return answer_list(home().vector_stores.page(page_request(read_query(PageQuery))))


@blueprint.get("/<vector_store_id>")
def retrieve(vector_store_id: str) -> Response:
    return answer(home().vector_stores.retrieve(vector_store_id))


@blueprint.post("/<vector_store_id>")
def modify(vector_store_id: str) -> Response:
    return answer(home().vector_stores.modify(vector_store_id, read_body(ModifyVectorStore).given()))


@blueprint.delete("/<vector_store_id>")
def delete(vector_store_id: str) -> Response:
    home().vector_stores.delete(vector_store_id)
    return answer_deleted("vector_store", vector_store_id)


@blueprint.post("/<vector_store_id>/search")
def search(vector_store_id: str) -> Response:
    asked = read_body(Search)
    return answer(
        home().vector_stores.search_results(
            vector_store_id,
            [asked.query] if isinstance(asked.query, str) else asked.query,
            limit=asked.max_num_results,
            threshold=asked.ranking_options.score_threshold if asked.ranking_options else 0.0,
            filters=asked.filters.model_dump() if asked.filters else None,
        )
    )


# --- files ---


@blueprint.post("/<vector_store_id>/files")
def create_file(vector_store_id: str) -> Response:
    return answer(home().vector_store_files.create(vector_store_id, read_body(CreateStoreFile).given()))


@blueprint.get("/<vector_store_id>/files")
def list_files(vector_store_id: str) -> Response:
    asked = read_query(StoreFilePageQuery)
    return answer_list(home().vector_store_files.page(vector_store_id, page_request(asked), asked.filter))


@blueprint.get("/<vector_store_id>/files/<file_id>")
def retrieve_file(vector_store_id: str, file_id: str) -> Response:
    return answer(home().vector_store_files.retrieve(vector_store_id, file_id))


@blueprint.post("/<vector_store_id>/files/<file_id>")
def modify_file(vector_store_id: str, file_id: str) -> Response:
    attributes = read_body(ModifyStoreFile).attributes or {}
    return answer(home().vector_store_files.modify(vector_store_id, file_id, attributes))


@blueprint.delete("/<vector_store_id>/files/<file_id>")
def delete_file(vector_store_id: str, file_id: str) -> Response:
    home().vector_store_files.delete(vector_store_id, file_id)
    return answer_deleted("vector_store.file", file_id)


@blueprint.get("/<vector_store_id>/files/<file_id>/content")
def content(vector_store_id: str, file_id: str) -> Response:
    return answer(home().vector_store_files.content(vector_store_id, file_id))


# --- file batches ---


@blueprint.post("/<vector_store_id>/file_batches")
def create_batch(vector_store_id: str) -> Response:
    return answer(home().batches.create(vector_store_id, read_body(CreateBatch).given()))


@blueprint.get("/<vector_store_id>/file_batches/<batch_id>")
def retrieve_batch(vector_store_id: str, batch_id: str) -> Response:
    return answer(home().batches.retrieve(vector_store_id, batch_id))


@blueprint.post("/<vector_store_id>/file_batches/<batch_id>/cancel")
def cancel_batch(vector_store_id: str, batch_id: str) -> Response:
    return answer(home().batches.cancel(vector_store_id, batch_id))


@blueprint.get("/<vector_store_id>/file_batches/<batch_id>/files")
def list_batch_files(vector_store_id: str, batch_id: str) -> Response:
    asked = read_query(StoreFilePageQuery)
    return answer_list(home().batches.page_files(vector_store_id, batch_id, page_request(asked), asked.filter))
