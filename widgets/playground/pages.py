"""The pages of the playground, as HTML. Whatever a model, a file or a person says is escaped wherever it enters."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from html import escape
from typing import Any

from openai import APIError
from openai.types.beta import Assistant
from openai.types.beta.threads import Message, Run

from helpers.printing import with_footnotes

from .look import LOOK

TOOLS = {"code_interpreter": "Code interpreter", "file_search": "File search"}


def title() -> str:
    """The top of the playground, which also brings its style."""
    return f'{LOOK}<div class="play-title" role="heading" aria-level="3">Playground</div>'


def tool_name(tool: Any) -> str:
    """What a tool of an assistant is called on the page, as text."""
    return f"function {tool.function.name}" if tool.type == "function" else TOOLS.get(tool.type, tool.type)


def assistant(it: Assistant) -> str:
    """What an assistant is made of."""
    rows = {
        "Instructions": it.instructions or "none",
        "Tools": ", ".join(map(tool_name, it.tools)) or "none",
        "Model": it.model,
        "Id": it.id,
    }
    lines = "".join(f"<tr><th scope='row'>{name}</th><td>{escape(text)}</td></tr>" for name, text in rows.items())
    return f'<table class="play-made-of">{lines}</table>'


def question(text: str, files: Iterable[str]) -> str:
    """What the user said, and the names of the files that went along."""
    return _block("You", _words(text) + "".join(note(f"with the file {name}") for name in files), "play-you")


def reply(name: str, message: Message, contents: dict[str, bytes]) -> str:
    """What the assistant said, as far as it has come.

    Args:
        name: the assistant's.
        message: maybe not whole yet.
        contents: the files that it shows or links, by id, as far as they are there.
    """
    parts = [_part(part, contents) for part in message.content]
    cut = note("✂ The reply is incomplete.") if message.status == "incomplete" else ""
    return _block(name, "".join(parts), "play-assistant") + cut


def ended(run: Run) -> str:
    """Why a run ended without finishing its work."""
    if run.last_error:
        return f"The run {run.status} ({run.last_error.code}): {run.last_error.message}"
    if run.incomplete_details:
        return f"The run is incomplete: {run.incomplete_details.reason}."
    return f"The run is {run.status}."


def reason(error: BaseException) -> str:
    """What went wrong, for a person, as text."""
    if isinstance(error, KeyboardInterrupt):
        return "Stopped."
    if isinstance(error, APIError):
        return error.body["message"] if isinstance(error.body, dict) and "message" in error.body else error.message
    return f"{type(error).__name__}: {error}"


def failure(text: str) -> str:
    """What went wrong."""
    return f'<div class="play-failure" role="alert"><b>✗</b> {escape(text)}</div>'


def note(text: str) -> str:
    """A remark of the playground's own."""
    return f'<div class="play-note" role="status">{escape(text)}</div>' if text else ""


def fold(summary: str, html: str, is_open: bool = True) -> str:
    """Something that can be folded away below its summary, which is text."""
    return f"<details{' open' * is_open}><summary>{escape(summary)}</summary>{html}</details>"


def pre(text: str) -> str:
    """Code or output, as it is; reached by Tab, so that long lines can be scrolled by key."""
    return f'<pre tabindex="0">{escape(text)}</pre>'


def _part(part: Any, contents: dict[str, bytes]) -> str:
    if part.type == "text":
        linked = [it for it in part.text.annotations if it.type == "file_path" and it.file_path.file_id in contents]
        links = [_download(it.text.rpartition("/")[2], contents[it.file_path.file_id]) for it in linked]
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
