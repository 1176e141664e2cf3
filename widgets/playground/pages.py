"""The parts of the playground, as HTML. Everything that a model, a file or a person wrote is escaped."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from html import escape
from typing import Any

from openai import APIError
from openai.types.beta import Assistant
from openai.types.beta.threads import Message, Run

from helpers.printing import with_footnotes

from .. import common
from .style import STYLE

TOOLS = {"code_interpreter": "Code interpreter", "file_search": "File search"}


def title() -> str:
    """The top of the playground, with its style."""
    return f'{common.STYLE}{STYLE}<div class="panel-title" role="heading" aria-level="3">Playground</div>'


def tool_name(tool: Any) -> str:
    """The label of an assistant's tool, as plain text."""
    return f"function {tool.function.name}" if tool.type == "function" else TOOLS.get(tool.type, tool.type)


def settings(assistant: Assistant) -> str:
    """A table of an assistant's settings."""
    rows = {
        "Instructions": assistant.instructions or "none",
        "Tools": ", ".join(map(tool_name, assistant.tools)) or "none",
        "Model": assistant.model,
        "Id": assistant.id,
    }
    lines = "".join(f"<tr><th scope='row'>{name}</th><td>{escape(text)}</td></tr>" for name, text in rows.items())
    return f'<table class="play-made-of">{lines}</table>'


def question(text: str, files: Iterable[str]) -> str:
    """What the user said, and the names of the attached files."""
    return _block("You", _words(text) + "".join(note(f"with the file {name}") for name in files), "play-you")


def reply(name: str, message: Message, contents: dict[str, bytes]) -> str:
    """What the assistant has said so far.

    Args:
        name: the assistant's.
        message: complete, or still being streamed.
        contents: by id, those of the files it shows or links that have been fetched.
    """
    parts = [_part(part, contents) for part in message.content]
    cut = note("✂ The reply is incomplete.") if message.status == "incomplete" else ""
    return _block(name, "".join(parts), "play-assistant") + cut


def ending(run: Run) -> str:
    """Why a run ended without finishing its work, as plain text."""
    if run.last_error:
        return f"The run {run.status} ({run.last_error.code}): {run.last_error.message}"
    if run.incomplete_details:
        return f"The run is incomplete: {run.incomplete_details.reason}."
    return f"The run is {run.status}."


def reason(error: BaseException) -> str:
    """What went wrong, for a person, as plain text."""
    if isinstance(error, KeyboardInterrupt):
        return "Stopped."
    if isinstance(error, APIError):
        return str(error.body["message"]) if isinstance(error.body, dict) and "message" in error.body else error.message
    return f"{type(error).__name__}: {error}"


def failure(text: str) -> str:
    """A box that says what went wrong."""
    return f'<div class="play-failure" role="alert"><b>✗</b> {escape(text)}</div>'


def note(text: str) -> str:
    """A note by the playground itself."""
    return f'<div class="play-note" role="status">{escape(text)}</div>' if text else ""


def fold(summary: str, html: str, is_open: bool = True) -> str:
    """HTML that can be folded away below its summary, which is plain text."""
    return f"<details{' open' * is_open}><summary>{escape(summary)}</summary>{html}</details>"


def pre(text: str) -> str:
    """Code or output, verbatim. Tab reaches it, so that it can be scrolled with the keyboard."""
    return f'<pre tabindex="0">{escape(text)}</pre>'


def _part(part: Any, contents: dict[str, bytes]) -> str:
    if part.type == "text":
        paths = [note for note in part.text.annotations if note.type == "file_path"]
        linked = [path for path in paths if path.file_path.file_id in contents]
        links = [_download(path.text.rpartition("/")[2], contents[path.file_path.file_id]) for path in linked]
        return _words(with_footnotes(part)) + "".join(links)
    if part.type == "image_file":
        content = contents.get(part.image_file.file_id)
        alt = f"Picture {part.image_file.file_id}, made by the assistant's code"
        return f'<img src="data:image/png;base64,{_base64(content)}" alt="{escape(alt)}">' if content else _words(alt)
    return _words(f"(refused) {part.refusal}" if part.type == "refusal" else f"(picture: {part.image_url.url})")


def _block(who: str, html: str, kind: str) -> str:
    return f'<div class="play-said {kind}"><div class="play-who">{escape(who)}</div>{html}</div>'


def _words(text: str) -> str:
    return f'<div class="play-words">{escape(text)}</div>'


def _download(name: str, content: bytes) -> str:
    href = f"data:application/octet-stream;base64,{_base64(content)}"
    return f'<div><a download="{escape(name)}" href="{href}">Download {escape(name)}</a></div>'


def _base64(content: bytes) -> str:
    return b64encode(content).decode()
