"""What the lessons built, to be imported by the lessons that follow.

`connect` opens the course's own Assistants API; `connect_async` is its twin for `async` code, `connect_today` opens
the API that followed it, and `skip_time` moves a recorded lesson's clock. Everything else was written inline in a
lesson first; its docstring says in which.
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
