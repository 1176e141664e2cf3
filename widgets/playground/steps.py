"""What stands behind a reply, as HTML: the steps of a run with their calls of tools."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from openai.types.beta.threads.runs import RunStep, ToolCall

from .pages import fold, pre

STATUS = {"in_progress": "… working", "completed": "✓ done", "failed": "✗ failed"}


def step(it: RunStep) -> str:
    """What a step did, as far as it has come: its calls of tools with what came of them."""
    status = STATUS.get(it.status, f"○ {it.status}")
    return "".join(_call(call, status) for call in it.step_details.tool_calls)


def call(name: str, arguments: str) -> str:
    """A function call that waits for its output."""
    return f"<div><b>The assistant calls {escape(name)}.</b> Its arguments:</div>{pre(indented(arguments))}"


def indented(arguments: str) -> str:
    """JSON on lines of its own; anything else as it is."""
    try:
        return json.dumps(json.loads(arguments), indent=2, ensure_ascii=False)
    except ValueError:
        return arguments


def _call(it: ToolCall, status: str) -> str:
    if it.type == "code_interpreter":
        outputs = [pre(getattr(out, "logs", None) or "(a picture, below)") for out in it.code_interpreter.outputs or []]
        body = pre(it.code_interpreter.input or "") + ("<div>Output</div>" + "".join(outputs) if outputs else "")
        return fold(f"Code interpreter {status}", body)
    if it.type == "file_search":
        results = it.file_search.results or []
        found = "".join(_result(number, result) for number, result in enumerate(results, start=1))
        passages = "1 passage" if len(results) == 1 else f"{len(results)} passages"
        return fold(f"File search {status}: {passages}", found)
    if it.function.output is None:
        return fold(f"Function {it.function.name} ○ no output yet", pre(indented(it.function.arguments)))
    output = f"<div>Output</div>{pre(it.function.output)}"
    return fold(f"Function {it.function.name} {status}", pre(indented(it.function.arguments)) + output)


def _result(number: int, result: Any) -> str:
    line = f"{number}. {result.file_name}, score {result.score:.2f}"
    text = "\n".join(part.text or "" for part in result.content or [])
    return fold(line, pre(text), is_open=False) if text else f"<div>{escape(line)}</div>"
