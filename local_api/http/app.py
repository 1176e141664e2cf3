"""The API as a WSGI application."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from local_api import errors
from local_api.home import Home

from .routes import (
    assistants,
    containers,
    conversations,
    description,
    files,
    local,
    responses,
    runs,
    threads,
    vector_stores,
)

BETA_PATHS = ("/v1/assistants", "/v1/threads")


def create_app(home: Home) -> Flask:
    """The API over a home of objects.

    Args:
        home: where the objects live and how runs are driven.

    Returns:
        A Flask application with all paths under ``/v1``.
    """
    app = Flask("local_api", static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # else an empty part of a path is answered with a redirect, in HTML
    app.extensions["home"] = home
    of_the_api = (assistants, threads, runs, responses, conversations, containers, files, vector_stores)
    for routes in (*of_the_api, local, description):
        app.register_blueprint(routes.blueprint)
    app.before_request(_begin)
    app.after_request(_add_headers)
    app.register_error_handler(errors.APIError, _answer_error)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(sqlite3.DatabaseError, _answer_trouble)
    app.register_error_handler(OSError, _answer_os_error)
    app.register_error_handler(Exception, _answer_fault)
    return app


def _begin() -> None:
    g.request_id = f"req_{secrets.token_hex(16)}"
    g.began = time.monotonic()
    if request.path.startswith(BETA_PATHS) and request.url_rule:
        _check_beta([part.strip() for part in request.headers.get("OpenAI-Beta", "").split(",")])


def _check_beta(features: list[str]) -> None:
    """Refuse a call that doesn't ask for this version of the API. The header may list other features as well."""
    if "assistants=v2" in features:
        return
    raise errors.first_version() if "assistants=v1" in features else errors.beta_header_missing()


def _add_headers(response: Response) -> Response:
    home: Home = current_app.extensions["home"]
    response.headers["x-request-id"] = g.request_id
    response.headers["openai-version"] = "2020-10-01"
    response.headers["openai-processing-ms"] = str(round(1000 * (time.monotonic() - g.began)))
    response.headers["openai-poll-after-ms"] = str(home.runs.poll_after_ms)
    return response


def _answer_error(error: errors.APIError) -> Response:
    response = Response(json.dumps(error.body()), error.status, mimetype="application/json")
    if error.status >= 500 or error.status == 429:
        # The SDK would retry these: a bug would only happen three times, and endpoints' failures were retried already.
        response.headers["x-should-retry"] = "false"
    return response


def _answer_http_error(error: HTTPException) -> Response:
    if isinstance(error, MethodNotAllowed):
        return _answer_error(errors.method_not_allowed(request.method, request.path))
    if error.code == 404:
        return _answer_error(errors.unknown_path(request.method, request.path))
    return _answer_error(errors.APIError(error.code or 500, error.description or error.name))


def _answer_trouble(error: sqlite3.DatabaseError) -> Response:
    home: Home = current_app.extensions["home"]
    if not home.store.is_at_fault(error):
        return _answer_fault(error)
    if home.store.is_disk_full(error):
        return _answer_error(errors.disk_full())
    return _answer_error(errors.APIError(500, home.store.trouble(error), type="server_error"))


def _answer_os_error(error: OSError) -> Response:
    if error.errno in errors.DISK_FULL:
        return _answer_error(errors.disk_full())
    return _answer_fault(error)


def _answer_fault(error: Exception) -> Response:
    current_app.logger.exception("local_api failed at %s %s", request.method, request.path)
    return _answer_error(errors.server_fault(g.request_id))
