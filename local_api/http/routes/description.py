"""/openapi.json: what this API takes and gives"""

from __future__ import annotations

from flask import Blueprint, Response

from .shared import answer

blueprint = Blueprint("description", __name__, url_prefix="/v1/openapi.json")


@blueprint.get("")
def retrieve() -> Response:
    # Imported when asked for: building the description from all of the SDK's types takes longer than starting the API.
    from local_api.http.openapi import description

    return answer(description())
