"""The setup cell: what `connect` costs a kernel that uses openai anyway."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

from .measure import COURSE, Row

ROUNDS = 9

# Each process measures both of its halves, so that a busy moment falls on both.
SCRIPT = """
import time

began = time.perf_counter()
import openai
openai.OpenAI(api_key="none").beta.threads.messages
ready = time.perf_counter()
import helpers
helpers.connect("01_basics", mode="recorded")
print(ready - began, time.perf_counter() - ready)
"""


def connect() -> Row:
    """`import helpers` and `connect()` on top of `import openai` and first use of `client.beta`."""
    fresh_process()  # compiles what is not compiled yet
    openai, own = (1000 * median(times) for times in zip(*(fresh_process() for _ in range(ROUNDS))))
    details = f"{own / openai:.2f} × the {openai:.0f} ms that openai takes"
    return Row("connect() on top of openai and client.beta", own, 250, details, unit="ms")


def fresh_process() -> list[float]:
    """The seconds for openai, and for connect after it, in a Python that has just started."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=COURSE, stdout=subprocess.PIPE, text=True, check=True)
    return [float(number) for number in done.stdout.splitlines()[-1].split()]
