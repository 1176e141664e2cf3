"""Answering a run that waits for the outputs of functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from openai import OpenAI
from openai.types.beta.threads import RequiredActionFunctionToolCall, Run
from openai.types.beta.threads.run_submit_tool_outputs_params import ToolOutput

from .arguments import expect
from .polling import wait_on_run


def answer_run(client: OpenAI, run: Run, functions: Mapping[str, Callable[..., object]], *, rounds: int = 5) -> Run:
    """Call the functions that a run asks for and submit their outputs, until it asks for no more.

    Written in lesson 05. A function that raises does not end the run: the error is its output, and the model may try
    again.

    Args:
        client: what `connect` returned.
        run: the run, as `wait_on_run` returned it.
        functions: by the names that the model calls them by; what they return is submitted as text.
        rounds: how many times the run may ask.

    Returns:
        The completed run.

    Raises:
        RunError: it ended without finishing its work.
        RuntimeError: it still asks after the last round.
        TypeError: it is no run.
    """
    expect("answer_run(run)", run, Run)
    for _ in range(rounds):
        if run.required_action is None:
            return run
        calls = run.required_action.submit_tool_outputs.tool_calls
        outputs: list[ToolOutput] = [{"tool_call_id": call.id, "output": _output(call, functions)} for call in calls]
        submitted = client.beta.threads.runs.submit_tool_outputs(run.id, thread_id=run.thread_id, tool_outputs=outputs)
        run = wait_on_run(client, submitted)
    if run.required_action:
        raise RuntimeError(f"Run {run.id} still asks after {rounds} rounds. Do its functions return what it needs?")
    return run


def _output(call: RequiredActionFunctionToolCall, functions: Mapping[str, Callable[..., object]]) -> str:
    try:
        return str(functions[call.function.name](**json.loads(call.function.arguments)))
    except Exception as error:  # of any kind: the model wrote the arguments, and can write others
        return f"{type(error).__name__}: {error}"
