"""The python tool: how long the first and the next answers of a session take, sandbox included."""

from __future__ import annotations

from itertools import count

from local_api.sandbox.python import PythonTool

from .kernels import FreshKernel
from .measure import milliseconds
from .rows import Row

ROUNDS = 9
CODE = "print(6 * 7)"


def python() -> list[Row]:
    """A session's first and second answer, against a plain kernel started with jupyter_client."""
    tool, numbers = PythonTool(is_trusted=True), count()

    def answer(session: str) -> None:
        tool.run(session, CODE, {}, lambda: True)

    def bare_answer() -> None:
        with FreshKernel() as kernel:
            kernel.run(CODE)

    try:
        first, bare = milliseconds(lambda: answer(f"new {next(numbers)}"), bare_answer, rounds=ROUNDS)
        with FreshKernel() as kernel:
            second, bare_second = milliseconds(lambda: answer("new 0"), lambda: kernel.run(CODE), rounds=100)
    finally:
        tool.close()
    base = "a kernel of jupyter_client, no sandbox"
    return [
        Row("the python tool's first answer in a session", first, f"{base}, started and stopped", bare),
        Row("the python tool's next answers", second, base, bare_second),
    ]
