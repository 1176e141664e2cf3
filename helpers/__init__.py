"""What the lessons wrote, to be imported by the lessons that follow.

`connect` opens the course's own Assistants API, `connect_async` its `async` twin, and `connect_today` the API that
followed it; `skip_time` moves a recorded lesson's clock. Everything else was first written in a lesson: its docstring
says in which one.
"""

from .connection import connect, connect_async, connect_today, skip_time
from .conversations import ask, create_new_thread, create_thread_and_run, get_response, submit_message
from .polling import RunError, wait_on_run
from .printing import print_message, show_hits, show_json, show_steps
from .tool_calls import answer_run
from .uploading import upload_files

__all__ = [
    "RunError",
    "answer_run",
    "ask",
    "connect",
    "connect_async",
    "connect_today",
    "create_new_thread",
    "create_thread_and_run",
    "get_response",
    "print_message",
    "show_hits",
    "show_json",
    "show_steps",
    "skip_time",
    "submit_message",
    "upload_files",
    "wait_on_run",
]
