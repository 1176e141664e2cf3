"""Every refusal of this API, with its text, type, param and code.

Whose text it is, is said by section. Those of the first section are the service's own, byte for byte, so that code
that reads them keeps working: change none of them. Requests that break a body's rules get theirs in `bodies.translate`.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Any

from .storage.ids import PREFIXES

# What the system says when a disk, or a user's share of it, is full.
DISK_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
LABELS = {"step": "run step", "vector_store": "vector store", "batch": "vector store file batch"}


class APIError(Exception):
    """An answer other than 200: an HTTP status and the members of the ``error`` object."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.type = type
        self.param = param
        self.code = code

    def body(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        error = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return {"error": error}


# --- OpenAI's texts, as recorded from the service or quoted by its users: do not change ---


def not_found(kind: str, id: str) -> APIError:
    """404 for an object that doesn't exist."""
    return APIError(404, f"No {LABELS.get(kind, kind)} found with id '{id}'.")


def no_such_file(id: str) -> APIError:
    """404 for a file that doesn't exist."""
    return APIError(404, f"No such File object: {id}", param="id")


def no_download(purpose: str) -> APIError:
    """400 for the content of a file that was uploaded: only what an assistant made can be downloaded."""
    return APIError(400, f"Not allowed to download files of purpose: {purpose}")


def bad_purpose(purpose: str, known: list[str]) -> APIError:
    """400 for an upload with a purpose that uploads can't have."""
    return APIError(400, f"'{purpose}' is not one of {known} - 'purpose'", param="purpose")


def unsupported_file(extension: str) -> APIError:
    """400 for a file that can't be searched, by the extension of its name."""
    message = (
        f"Files with extensions [{extension or 'none'}] are not supported for retrieval. "
        "See https://platform.openai.com/docs/assistants/tools/file-search/supported-files"
    )
    return APIError(400, message, param="file_ids", code="unsupported_file")


def missing(param: str) -> APIError:
    """400 for a request that lacks a parameter."""
    return APIError(400, f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")


def thread_locked(thread_id: str, run_id: str) -> APIError:
    """400 for a message that is added while a run is active."""
    return APIError(400, f"Can't add messages to {thread_id} while a run {run_id} is active.")


def run_active(thread_id: str, run_id: str) -> APIError:
    """400 for a second run on a thread."""
    return APIError(400, f"Thread {thread_id} already has an active run {run_id}.")


def outputs_missing(expected: list[str], got: list[str]) -> APIError:
    """400 unless each waiting call gets exactly one output."""
    return APIError(400, f"Expected tool outputs for call_ids {expected}, got {got}")


def outputs_not_accepted(status: str) -> APIError:
    """400 for tool outputs that no run is waiting for."""
    return APIError(400, f'Runs in status "{status}" do not accept tool outputs.')


def cannot_cancel(status: str) -> APIError:
    """400 for cancelling a run that has ended."""
    return APIError(400, f"Cannot cancel run with status '{status}'.")


def empty_thread() -> APIError:
    """400 for a run that would give the model nothing to answer."""
    message = "Run creation requires a Thread with a user message or an assistant with instructions."
    return APIError(400, message, code="invalid_thread")


def beta_header_missing() -> APIError:
    """400 for a call without ``OpenAI-Beta: assistants=v2``."""
    message = (
        "You must provide the 'OpenAI-Beta' header to access the Assistants API. "
        "Please try again by setting the header 'OpenAI-Beta: assistants=v2'."
    )
    return APIError(400, message, code="invalid_beta")


def first_version() -> APIError:
    """400 for a call with ``OpenAI-Beta: assistants=v1``, in the old service's text (PipedreamHQ/pipedream#15059)."""
    message = (
        "The v1 Assistants API has been deprecated. "
        "Please try again by setting the header 'OpenAI-Beta: assistants=v2'. "
        "See the migration guide for more information: https://platform.openai.com/docs/assistants/migration."
    )
    return APIError(400, message, code="invalid_beta")


def unknown_path(method: str, path: str) -> APIError:
    """404 for a path that this API doesn't have."""
    return APIError(404, f"Invalid URL ({method} {path})")


def malformed_id(param: str, id: str, prefix: str) -> APIError:
    """400 for an id of the wrong kind, such as ``undefined``."""
    message = f"Invalid '{param}': '{id}'. Expected an ID that begins with '{prefix}'."
    return APIError(400, message, param=param, code="invalid_value")


def no_such(label: str, id: str, param: str | None = None) -> APIError:
    """404 for a response, a conversation or an item that doesn't exist."""
    return APIError(404, f"{label} with id '{id}' not found.", param=param)


def no_previous_response(id: str) -> APIError:
    """400 if `previous_response_id` names a response that doesn't exist or wasn't stored."""
    message = f"Previous response with id '{id}' not found."
    return APIError(400, message, param="previous_response_id", code="previous_response_not_found")


def conversation_locked() -> APIError:
    """400 for a second response in a conversation while the first is active."""
    message = "Another process is currently operating on this conversation. Please retry in a few seconds."
    return APIError(400, message, param="conversation", code="conversation_locked")


def call_without_output(call_id: str) -> APIError:
    """400 for a function call without an output."""
    return APIError(400, f"No tool output found for function call {call_id}.", param="input")


def output_without_call(call_id: str) -> APIError:
    """400 for the output of a function call that was never made."""
    return APIError(400, f"No tool call found for function call output with call_id {call_id}.", param="input")


def duplicate_item(id: str) -> APIError:
    """400 for an item that is there already."""
    message = f"Duplicate item found with id {id}. Remove duplicate items from your input and try again."
    return APIError(400, message, param="input")


def cannot_cancel_response() -> APIError:
    """400 for cancelling a response that isn't in the background."""
    return APIError(400, "Cannot cancel a synchronous response.")


# --- made after the pattern of OpenAI's texts, where its own is not known ---


def not_in_store(file_id: str) -> APIError:
    """404 for a file that isn't in the vector store."""
    return APIError(404, f"No file found with id '{file_id}'")


def store_expired(id: str) -> APIError:
    """400 for the use of a vector store that has expired."""
    return APIError(400, f"Vector store '{id}' has expired")


def run_on_expired_store(id: str) -> APIError:
    """400 for a run that would search a vector store that has expired."""
    return APIError(400, f"Vector store {id} is expired")


def cannot_cancel_batch(status: str) -> APIError:
    """400 for cancelling a batch that has ended, after the text for runs."""
    return APIError(400, f"Cannot cancel vector store file batch with status '{status}'.")


def method_not_allowed(method: str, path: str) -> APIError:
    """405 for a path that exists under another method."""
    return APIError(405, f"Not allowed to {method} on {path}.")


# --- our own, for cases that the service did not have or whose text is not known ---


def server_fault(request_id: str) -> APIError:
    """500 for a bug of ours. Only the first words are the service's."""
    message = (
        "The server had an error processing your request. This is a bug in local_api: "
        f"please report it with what you did. (Request ID {request_id}.)"
    )
    return APIError(500, message, type="server_error")


def bytes_missing(id: str) -> APIError:
    """404 for a file whose bytes are missing from the disk."""
    message = f"The bytes of file {id} are missing on this machine's disk. Delete the file and upload it again."
    return APIError(404, message, param="id")


def disk_full() -> APIError:
    """507 for a request that needs more room than the disk has; what it had written so far is deleted."""
    message = "There is no room left on this machine's disk. Free some space, then try again."
    return APIError(507, message, type="server_error", code="insufficient_storage")


def too_deep(deepest: int) -> APIError:
    """400 for a body whose arrays and objects are nested too deeply."""
    return APIError(400, f"The JSON body of your request is nested too deeply: at most {deepest} levels are taken.")


def file_too_large(limit: int) -> APIError:
    """413 for an upload over the limit, in bytes."""
    return APIError(413, f"The file is too large: at most {limit // 2**20} MB can be uploaded.", param="file")


def previous_response_unfinished(id: str) -> APIError:
    """400 if `previous_response_id` names a response that is still being worked on."""
    message = f"Previous response with id '{id}' is not finished: wait until its status is 'completed'."
    return APIError(400, message, param="previous_response_id")


def nothing_to_answer() -> APIError:
    """400 for a response without any input or history."""
    message = "Missing required parameter: give 'input', or go on from a 'previous_response_id' or a 'conversation'."
    return APIError(400, message, param="input", code="missing_required_parameter")


def two_histories() -> APIError:
    """400 for a response with both a previous response and a conversation."""
    message = "'previous_response_id' and 'conversation' are mutually exclusive: give one of them."
    return APIError(400, message, param="previous_response_id", code="mutually_exclusive_parameters")


def no_background_stream() -> APIError:
    """400 for a background response that is to be streamed, which this API doesn't do."""
    message = "A background response can't be streamed here: leave out 'stream' and poll it, or leave out 'background'."
    return APIError(400, message, param="stream", code="unsupported_parameter")


def no_background_unstored() -> APIError:
    """400 for a background response that could never be retrieved."""
    return APIError(400, "A background response must be stored: leave out 'store'.", param="store")


STATUS_OF = {"invalid_prompt": 400, "rate_limit_exceeded": 429, "server_error": 500}


def of_response(error: Mapping[str, str]) -> APIError:
    """The error for a client whose response failed."""
    status = STATUS_OF[error["code"]]
    type = "invalid_request_error" if status == 400 else error["code"]
    return APIError(status, error["message"], type=type, code=error["code"])


def check_id(kind: str, id: str, param: str) -> None:
    """Refuse an id that cannot belong to an object of this kind.

    Args:
        kind: a key of `ids.PREFIXES`.
        id: what the client sent.
        param: the parameter to name in the error.

    Raises:
        APIError: 400 if it can't.
    """
    prefix = PREFIXES[kind].rstrip("_")
    if not id.startswith(prefix):
        raise malformed_id(param, id, prefix)
