"""/containers/{container_id}/files/{file_id}/content: what the code of a response has made"""

from __future__ import annotations

from flask import Blueprint, Response

from .shared import answer_content, home

blueprint = Blueprint("containers", __name__, url_prefix="/v1/containers")


@blueprint.get("/<container_id>/files/<file_id>/content")
def content(container_id: str, file_id: str) -> Response:
    return answer_content(home().containers.file(container_id, file_id))
