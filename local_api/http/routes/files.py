"""/files"""

from __future__ import annotations

from flask import Blueprint, Response, request

from local_api import errors
from local_api.bodies.files import MAX_BYTES, PURPOSES, CreateFile, FilePageQuery
from local_api.bodies.translate import check

from .shared import answer, answer_content, answer_list, home, page_request, read_query

blueprint = Blueprint("files", __name__, url_prefix="/v1/files")


@blueprint.post("")
def create() -> Response:
    if (request.content_length or 0) > MAX_BYTES:
        raise errors.file_too_large(MAX_BYTES)
    form = check(CreateFile, request.form.to_dict())
    upload = request.files.get("file")
    if upload is None:
        raise errors.missing("file")
    if form.purpose not in PURPOSES:
        raise errors.bad_purpose(form.purpose, list(PURPOSES))
    return answer(home().files.upload(upload.filename or "upload", upload.stream, form.purpose, form.seconds))


@blueprint.get("")
def list_() -> Response:
    asked = read_query(FilePageQuery)
    return answer_list(home().files.page(page_request(asked), asked.purpose))


@blueprint.get("/<file_id>")
def retrieve(file_id: str) -> Response:
    return answer(home().files.find(file_id))


@blueprint.delete("/<file_id>")
def delete(file_id: str) -> Response:
    home().files.delete(file_id)
    return answer({"id": file_id, "object": "file", "deleted": True})


@blueprint.get("/<file_id>/content")
def content(file_id: str) -> Response:
    file = home().files.find(file_id)
    if file["purpose"] == "assistants":
        raise errors.no_download(file["purpose"])
    return answer_content(file)
