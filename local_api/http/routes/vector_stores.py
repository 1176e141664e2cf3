"""/vector_stores with their files and file batches"""

from __future__ import annotations

from flask import Blueprint, Response

from local_api.assistants.objects import deleted
from local_api.bodies.metadata import merged_metadata
from local_api.bodies.vector_stores import (
    CreateBatch,
    CreateStoreFile,
    CreateVectorStore,
    ModifyStoreFile,
    ModifyVectorStore,
    Search,
    StoreFilePageQuery,
)
from local_api.documents import objects as objects
from local_api.documents.indexing import KIND, key_of
from local_api.documents.vector_stores import VectorStores

from .shared import answer, answer_page, find, home, read_body

blueprint = Blueprint("vector_stores", __name__, url_prefix="/v1/vector_stores")


@blueprint.post("")
def create() -> Response:
    return answer(_stores().create(read_body(CreateVectorStore).given()))


@blueprint.get("")
def list_() -> Response:
    return answer_page("vector_store", shown=_stores().seen)


@blueprint.get("/<vector_store_id>")
def retrieve(vector_store_id: str) -> Response:
    return answer(_stores().seen(find("vector_store", vector_store_id)))


@blueprint.post("/<vector_store_id>")
def modify(vector_store_id: str) -> Response:
    given = read_body(ModifyVectorStore).given()
    with home().store.transaction():
        old = find("vector_store", vector_store_id)
        if "metadata" in given:
            given["metadata"] = merged_metadata(old["metadata"], given["metadata"])
        return answer(_stores().change(vector_store_id, given))


@blueprint.delete("/<vector_store_id>")
def delete(vector_store_id: str) -> Response:
    find("vector_store", vector_store_id)
    _stores().delete(vector_store_id)
    return answer(deleted("vector_store", vector_store_id))


@blueprint.post("/<vector_store_id>/search")
def search(vector_store_id: str) -> Response:
    asked = read_body(Search)
    _usable(vector_store_id)
    queries = [asked.query] if isinstance(asked.query, str) else asked.query
    found = _stores().search(
        [vector_store_id],
        queries,
        limit=asked.max_num_results,
        threshold=asked.ranking_options.score_threshold if asked.ranking_options else 0.0,
        filters=asked.filters.model_dump() if asked.filters else None,
    )
    return answer(objects.search_results(queries, [passage.result() for passage in found]))


# --- files ---


@blueprint.post("/<vector_store_id>/files")
def create_file(vector_store_id: str) -> Response:
    given = read_body(CreateStoreFile).given()
    _usable(vector_store_id)
    return answer(_stores().add_file(vector_store_id, given))


@blueprint.get("/<vector_store_id>/files")
def list_files(vector_store_id: str) -> Response:
    find("vector_store", vector_store_id)
    _stores().members.look(vector_store_id)
    return _answer_files(vector_store_id)


@blueprint.get("/<vector_store_id>/files/<file_id>")
def retrieve_file(vector_store_id: str, file_id: str) -> Response:
    find("vector_store", vector_store_id)
    return answer(_stores().members.find(vector_store_id, file_id))


@blueprint.post("/<vector_store_id>/files/<file_id>")
def modify_file(vector_store_id: str, file_id: str) -> Response:
    attributes = read_body(ModifyStoreFile).attributes or {}
    _usable(vector_store_id)
    return answer(_stores().members.set_attributes(vector_store_id, file_id, attributes))


@blueprint.delete("/<vector_store_id>/files/<file_id>")
def delete_file(vector_store_id: str, file_id: str) -> Response:
    find("vector_store", vector_store_id)
    _stores().members.delete(vector_store_id, file_id)
    return answer(deleted("vector_store.file", file_id))


@blueprint.get("/<vector_store_id>/files/<file_id>/content")
def content(vector_store_id: str, file_id: str) -> Response:
    _usable(vector_store_id)
    file = _stores().members.find(vector_store_id, file_id)
    return answer(objects.file_content(_stores().members.passages(file)))


# --- file batches ---


@blueprint.post("/<vector_store_id>/file_batches")
def create_batch(vector_store_id: str) -> Response:
    given = read_body(CreateBatch).given()
    _usable(vector_store_id)
    return answer(_stores().create_batch(vector_store_id, given))


@blueprint.get("/<vector_store_id>/file_batches/<batch_id>")
def retrieve_batch(vector_store_id: str, batch_id: str) -> Response:
    return answer(_stores().seen_batch(_find_batch(vector_store_id, batch_id)))


@blueprint.post("/<vector_store_id>/file_batches/<batch_id>/cancel")
def cancel_batch(vector_store_id: str, batch_id: str) -> Response:
    _find_batch(vector_store_id, batch_id)
    return answer(_stores().cancel_batch(vector_store_id, batch_id))


@blueprint.get("/<vector_store_id>/file_batches/<batch_id>/files")
def list_batch_files(vector_store_id: str, batch_id: str) -> Response:
    _stores().seen_batch(_find_batch(vector_store_id, batch_id))
    return _answer_files(vector_store_id, match={"work.batch_id": batch_id})


def _stores() -> VectorStores:
    return home().vector_stores


def _usable(vector_store_id: str) -> None:
    find("vector_store", vector_store_id)
    _stores().usable(vector_store_id)


def _find_batch(vector_store_id: str, batch_id: str) -> dict:
    find("vector_store", vector_store_id)
    return find("batch", batch_id, vector_store_id)


def _answer_files(vector_store_id: str, match: dict[str, str] | None = None) -> Response:
    return answer_page(
        KIND, vector_store_id, StoreFilePageQuery, match=match, key=lambda id: key_of(id, vector_store_id)
    )
