"""/containers/{container_id}/files/{file_id}/content: what the code of a response has made"""

from __future__ import annotations

from flask import Blueprint, Response

from local_api import errors

from .shared import answer_content, home

blueprint = Blueprint("containers", __name__, url_prefix="/v1/containers")


@blueprint.get("/<container_id>/files/<file_id>/content")
def content(container_id: str, file_id: str) -> Response:
    if home().store.get("container", container_id) is None:
        raise errors.no_such("Container", container_id)
    return answer_content(home().files.find(file_id))
