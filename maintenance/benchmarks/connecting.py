"""The setup cell: what `connect` costs a kernel that uses openai anyway, in time and in memory."""

from __future__ import annotations

from statistics import median

from .kernels import FreshKernel
from .rows import Row

ROUNDS = 9

OPENAI = """
import time
began = time.perf_counter()
import openai
openai.OpenAI(api_key="none").beta.threads.messages
print(time.perf_counter() - began)
"""
CONNECT = """
began = time.perf_counter()
import helpers
client = helpers.connect("01_basics")
print(time.perf_counter() - began)
"""


def connect() -> list[Row]:
    """`import helpers` and `connect()` on top of `import openai` and first use of `client.beta`."""
    open_course()  # compiles what is not compiled yet
    openai, own, before, after = map(median, zip(*(open_course() for _ in range(ROUNDS))))
    base = "`import openai` and first use of `client.beta`, before it in the same kernel"
    return [
        Row("`import helpers` and `connect()`", 1000 * own, base, 1000 * openai, most=250),
        Row("memory of a kernel with the course open", after, "with openai only, before that", before, unit="MB"),
    ]


def open_course() -> tuple[float, float, float, float]:
    """Seconds for openai and for the course after it, and the megabytes that the kernel holds after each."""
    with FreshKernel() as kernel:
        openai = seconds_printed(kernel.run(OPENAI))
        before = kernel.memory
        own = seconds_printed(kernel.run(CONNECT))
        return openai, own, before, kernel.memory


def seconds_printed(text: str) -> float:
    """The number in the last line."""
    return float(text.splitlines()[-1])
