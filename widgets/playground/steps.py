"""The steps of a run with their tool calls, as HTML."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from openai.types.beta.threads.runs import RunStep, ToolCall

from .pages import fold, pre

STATUS = {"in_progress": "… working", "completed": "✓ done", "failed": "✗ failed"}


def tool_step(step: RunStep) -> str:
    """The tool calls of a step with their outputs so far; empty if the step makes none."""
    if step.step_details.type != "tool_calls":
        return ""
    status = STATUS.get(step.status, f"○ {step.status}")
    return "".join(_call(call, status) for call in step.step_details.tool_calls)


def waiting_call(name: str, arguments: str) -> str:
    """A function call that waits for its output."""
    return f"<div><b>The assistant calls {escape(name)}.</b> Its arguments:</div>{pre(indented(arguments))}"


def indented(arguments: str) -> str:
    """JSON with a line for each value; anything else as it is."""
    try:
        return json.dumps(json.loads(arguments), indent=2, ensure_ascii=False)
    except ValueError:
        return arguments


def _call(call: ToolCall, status: str) -> str:
    if call.type == "code_interpreter":
        code = call.code_interpreter
        outputs = [pre(getattr(output, "logs", None) or "(a picture, below)") for output in code.outputs or []]
        body = pre(code.input or "") + ("<div>Output</div>" + "".join(outputs) if outputs else "")
        return fold(f"Code interpreter {status}", body)
    if call.type == "file_search":
        results = call.file_search.results or []
        found = "".join(_result(number, result) for number, result in enumerate(results, start=1))
        passages = "1 passage" if len(results) == 1 else f"{len(results)} passages"
        return fold(f"File search {status}: {passages}", found)
    if call.function.output is None:
        return fold(f"Function {call.function.name} ○ no output yet", pre(indented(call.function.arguments)))
    output = f"<div>Output</div>{pre(call.function.output)}"
    return fold(f"Function {call.function.name} {status}", pre(indented(call.function.arguments)) + output)


def _result(number: int, result: Any) -> str:
    line = f"{number}. {result.file_name}, score {result.score:.2f}"
    text = "\n".join(part.text or "" for part in result.content or [])
    return fold(line, pre(text), is_open=False) if text else f"<div>{escape(line)}</div>"
