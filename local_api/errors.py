"""Every refusal this API gives, with the documented text, type, param and code.

The texts are the old service's own, so that code which reads them goes on working.
Errors are numbered as in the table of the wire contract that this project follows.
"""

from __future__ import annotations

from .storage.ids import PREFIXES

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

    def body(self) -> dict:
        """The JSON body of the answer."""
        error = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return {"error": error}


def not_found(kind: str, id: str) -> APIError:
    """404 for an object that is not there (errors 1 to 6)."""
    return APIError(404, f"No {LABELS.get(kind, kind)} found with id '{id}'.")


def malformed_id(param: str, id: str, prefix: str) -> APIError:
    """400 for an id of the wrong kind, such as ``undefined`` (error 16)."""
    message = f"Invalid '{param}': '{id}'. Expected an ID that begins with '{prefix}'."
    return APIError(400, message, param=param, code="invalid_value")


def no_such_file(id: str) -> APIError:
    """404 for a file that is not there (error 7)."""
    return APIError(404, f"No such File object: {id}", param="id")


def no_download(purpose: str) -> APIError:
    """400 for the content of a file that was uploaded: only what an assistant made can be downloaded (error 23)."""
    return APIError(400, f"Not allowed to download files of purpose: {purpose}")


def bad_purpose(purpose: str, known: list[str]) -> APIError:
    """400 for an upload with a purpose that uploads can't have (error 24)."""
    return APIError(400, f"'{purpose}' is not one of {known} - 'purpose'", param="purpose")


def not_in_store(file_id: str) -> APIError:
    """404 for a file that is not in the vector store (error 6)."""
    return APIError(404, f"No file found with id '{file_id}'")


def unsupported_file(extension: str) -> APIError:
    """400 for a file that can't be searched, by its name's ending (error 22)."""
    message = (
        f"Files with extensions [{extension or 'none'}] are not supported for retrieval. "
        "See https://platform.openai.com/docs/assistants/tools/file-search/supported-files"
    )
    return APIError(400, message, param="file_ids", code="unsupported_file")


def store_expired(id: str) -> APIError:
    """400 for the use of a vector store whose time is over (error 28)."""
    return APIError(400, f"Vector store '{id}' has expired")


def run_on_expired_store(id: str) -> APIError:
    """400 for a run that would search a vector store whose time is over (error 28)."""
    return APIError(400, f"Vector store {id} is expired")


def cannot_cancel_batch(status: str) -> APIError:
    """400 for cancelling a batch that has ended; the contract has no text for it, so it is like a run's."""
    return APIError(400, f"Cannot cancel vector store file batch with status '{status}'.")


def missing(param: str) -> APIError:
    """400 for a request that lacks something (error 19)."""
    return APIError(400, f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")


def bytes_missing(id: str) -> APIError:
    """404 for a file of which only the object is left; the contract has no text for it."""
    message = f"The bytes of file {id} are missing on this machine's disk. Delete it, and upload it anew."
    return APIError(404, message, param="id")


def too_deep(deepest: int) -> APIError:
    """400 for a body whose arrays and objects lie too deep inside each other; the contract has no text for it."""
    return APIError(400, f"The JSON body of your request is nested too deeply: at most {deepest} levels are taken.")


def file_too_large(limit: int) -> APIError:
    """413 for an upload over the limit, in bytes; the contract has no text for it."""
    return APIError(413, f"The file is too large: at most {limit // 2**20} MB can be uploaded.", param="file")


def thread_locked(thread_id: str, run_id: str) -> APIError:
    """400 for a message that arrives while a run is active (error 8)."""
    return APIError(400, f"Can't add messages to {thread_id} while a run {run_id} is active.")


def run_active(thread_id: str, run_id: str) -> APIError:
    """400 for a second run on a thread (error 9)."""
    return APIError(400, f"Thread {thread_id} already has an active run {run_id}.")


def outputs_missing(expected: list[str], got: list[str]) -> APIError:
    """400 unless each waiting call gets exactly one output (error 10)."""
    return APIError(400, f"Expected tool outputs for call_ids {expected}, got {got}")


def outputs_not_accepted(status: str) -> APIError:
    """400 for tool outputs that no run is waiting for (error 11)."""
    return APIError(400, f'Runs in status "{status}" do not accept tool outputs.')


def cannot_cancel(status: str) -> APIError:
    """400 for cancelling a run that has ended (error 12)."""
    return APIError(400, f"Cannot cancel run with status '{status}'.")


def empty_thread() -> APIError:
    """400 for a run that would have nothing to say to the model (error 13)."""
    message = "Run creation requires a Thread with a user message or an assistant with instructions."
    return APIError(400, message, code="invalid_thread")


def beta_header_missing() -> APIError:
    """400 for a call without ``OpenAI-Beta: assistants=v2`` (error 14)."""
    message = (
        "You must provide the 'OpenAI-Beta' header to access the Assistants API. "
        "Please try again by setting the header 'OpenAI-Beta: assistants=v2'."
    )
    return APIError(400, message, code="invalid_beta")


def server_fault(request_id: str) -> APIError:
    """500 for a mistake of ours (error 29)."""
    message = (
        "The server had an error processing your request. This is a bug in local_api: "
        f"please report it with what you did. (Request ID {request_id}.)"
    )
    return APIError(500, message, type="server_error")


def unknown_path(method: str, path: str) -> APIError:
    """404 for a path this API does not have (error 30)."""
    return APIError(404, f"Invalid URL ({method} {path})")


def method_not_allowed(method: str, path: str) -> APIError:
    """405 for a path that exists under another method."""
    return APIError(405, f"Not allowed to {method} on {path}.")


# --- of responses and conversations ---


def no_such(label: str, id: str, param: str | None = None) -> APIError:
    """404 for a response, a conversation or an item that is not there."""
    return APIError(404, f"{label} with id '{id}' not found.", param=param)


def no_previous_response(id: str) -> APIError:
    """400 for a response that shall go on from one that is not there, or was not stored."""
    message = f"Previous response with id '{id}' not found."
    return APIError(400, message, param="previous_response_id", code="previous_response_not_found")


def previous_response_unfinished(id: str) -> APIError:
    """400 for a response that shall go on from one that is being worked on; the service's text is not known."""
    message = f"Previous response with id '{id}' is not finished: wait until its status is 'completed'."
    return APIError(400, message, param="previous_response_id")


def nothing_to_answer() -> APIError:
    """400 for a response without any input or history."""
    message = "Missing required parameter: give 'input', or go on from a 'previous_response_id' or a 'conversation'."
    return APIError(400, message, param="input", code="missing_required_parameter")


def two_histories() -> APIError:
    """400 for a response that shall go on from a response and in a conversation at once."""
    message = "'previous_response_id' and 'conversation' are mutually exclusive: give one of them."
    return APIError(400, message, param="previous_response_id", code="mutually_exclusive_parameters")


def conversation_locked() -> APIError:
    """400 for a second response in a conversation while one is worked on."""
    message = "Another process is currently operating on this conversation. Please retry in a few seconds."
    return APIError(400, message, param="conversation", code="conversation_locked")


def call_without_output(call_id: str) -> APIError:
    """400 for a function call that nobody has answered."""
    return APIError(400, f"No tool output found for function call {call_id}.", param="input")


def output_without_call(call_id: str) -> APIError:
    """400 for the output of a function call that was never made."""
    return APIError(400, f"No tool call found for function call output with call_id {call_id}.", param="input")


def duplicate_item(id: str) -> APIError:
    """400 for an item that is there already."""
    message = f"Duplicate item found with id {id}. Remove duplicate items from your input and try again."
    return APIError(400, message, param="input")


def no_background_stream() -> APIError:
    """400 for a background response that shall be streamed, which this API does not do."""
    message = "A background response can't be streamed here: leave out 'stream' and poll it, or leave out 'background'."
    return APIError(400, message, param="stream", code="unsupported_parameter")


def no_background_unstored() -> APIError:
    """400 for a background response that nobody could look at."""
    return APIError(400, "A background response must be stored: leave out 'store'.", param="store")


def cannot_cancel_response() -> APIError:
    """400 for cancelling a response that is not in the background."""
    return APIError(400, "Cannot cancel a synchronous response.")


STATUS_OF = {"invalid_prompt": 400, "rate_limit_exceeded": 429, "server_error": 500}


def of_response(error: dict) -> APIError:
    """What a client is told that waited for a response which has failed."""
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
        APIError: 400, error 16.
    """
    prefix = PREFIXES[kind].rstrip("_")
    if not id.startswith(prefix):
        raise malformed_id(param, id, prefix)
