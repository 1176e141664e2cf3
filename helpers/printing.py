"""Showing objects and conversations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from IPython.display import display
from openai import BaseModel, OpenAI
from openai.types import VectorStoreSearchResponse
from openai.types.beta.threads import Message, Run, TextContentBlock
from openai.types.beta.threads.runs import ToolCall

from .arguments import expect


def show_json(obj: BaseModel | dict[str, Any], *fields: str) -> None:
    """Show an object as JSON: the chosen fields first, the whole object folded below.

    Lesson 01 prints its first object in full, and from then on only the fields that matter.

    Args:
        obj: any object of the SDK, or a dict.
        fields: the names of those to show; without any, the whole object is shown.

    Raises:
        KeyError: it has no such field; the message lists those it has.
        TypeError: it is neither an object of the SDK nor a dict.
    """
    expect("show_json(obj)", obj, BaseModel, dict)
    whole = obj if isinstance(obj, dict) else obj.to_dict(mode="json")
    # The SDK's releases order fields differently, so they are sorted: the id first, then by name.
    whole = dict(sorted(whole.items(), key=lambda field: (field[0] != "id", field[0])))
    for field in fields:
        if field not in whole:
            raise KeyError(f"{field!r} is not a field of this object. It has: {', '.join(whole)}")
    chosen = {field: whole[field] for field in fields} or whole
    html = _pre(chosen)
    if fields:
        html += f"<details><summary>all {len(whole)} fields</summary>{_pre(whole)}</details>"
    html = f'<div style="padding-left:8px">{html}</div>'  # aligned with printed output
    display({"text/plain": _json(chosen), "text/html": html}, raw=True)


def print_message(messages: Message | Iterable[Message]) -> None:
    """Print messages in the order given, each with its role.

    Lesson 01 prints its first reply with a loop of two lines; this also prints pictures and citations.

    Args:
        messages: one message, a list, or a page from `messages.list`. Pages are newest first unless listed with
            ``order="asc"``.
    """
    for message in [messages] if isinstance(messages, Message) else messages:
        print(f"[{message.role}]", *[_part_text(part) for part in message.content], sep="\n", end="\n\n")


def show_hits(hits: Iterable[VectorStoreSearchResponse]) -> None:
    """Print what a search found: each passage's score, file and first words. Written in lesson 04."""
    for number, hit in enumerate(hits, start=1):
        words = " ".join(hit.content[0].text.split())
        print(f"{number}. {hit.score:.2f} {hit.filename}: {words[:60]}…")


def show_steps(client: OpenAI, run: Run) -> None:
    """Print what a run did, step by step, with each tool call and the end of its output.

    Lesson 03 writes this for the code interpreter; this also prints file searches and function calls.

    Args:
        client: what `connect` returned.
        run: the run, in any status.

    Raises:
        TypeError: it is no run.
    """
    expect("show_steps(run)", run, Run)
    for step in client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id, order="asc"):
        print(f"[{step.type}]")
        for call in getattr(step.step_details, "tool_calls", []):
            for line in _call_lines(call):
                print(line)


def _call_lines(call: ToolCall) -> Iterator[str]:
    if call.type == "code_interpreter":
        yield call.code_interpreter.input
        for output in call.code_interpreter.outputs:
            yield from (f"-> {line}" for line in getattr(output, "logs", "(picture)").splitlines()[-2:] if line)
    elif call.type == "file_search":
        hits = call.file_search.results or []
        yield f"file_search: {len(hits)} passages"
        yield from (f"-> {hit.score:.2f} {hit.file_name}" for hit in hits[:3])
    elif call.type == "function":
        yield f"{call.function.name}({call.function.arguments})"
        yield f"-> {call.function.output}"


def _part_text(part: Any) -> str:
    if isinstance(part, TextContentBlock):
        return with_footnotes(part)
    if part.type == "image_file":
        return f"(picture: {part.image_file.file_id})"
    if part.type == "image_url":
        return f"(picture: {part.image_url.url})"
    return f"(refused) {part.refusal}"


def with_footnotes(part: TextContentBlock) -> str:
    """A reply's text with its citation marks numbered, followed by what they cite and which files its links lead to."""
    text, notes, number = part.text.value, [], 0
    for annotation in part.text.annotations:
        if annotation.type == "file_path":
            notes.append(f"  {annotation.text} is {annotation.file_path.file_id}")
        else:
            number += 1
            text = text.replace(annotation.text, f"[{number}]", 1)
            place, _, filename = annotation.text.strip("【】").partition("†")
            notes.append(f"  [{number}] {filename}, passage {place}")
    return "\n".join([text, *notes])


def _pre(value: dict[str, Any]) -> str:
    # The size of printed output, with long lines broken between words.
    style = "margin:0;font-size:var(--jp-code-font-size);white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere"
    return f'<pre style="{style}">{escape(_json(value))}</pre>'


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
