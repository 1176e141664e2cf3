"""What the lessons built, to be imported by the lessons that follow.

`connect` opens the course's own Assistants API; `connect_async` is its twin for `async` code, `connect_today` opens
the API that followed it, and `skip_time` moves a recorded lesson's clock. `display_quiz` makes a form of a quiz, with
what belongs to it: the type, the schema, the check and the marks. `playground` is a place to try assistants out.
Everything else was written inline in a lesson first; its docstring says in which.
"""

from .connection import connect, connect_async, connect_today, skip_time
from .conversations import ask, create_new_thread, create_thread_and_run, get_response, submit_message
from .migration import migrate_thread
from .playground import playground
from .polling import RunError, wait_on_run
from .printing import print_message, show_hits, show_json, show_steps
from .quiz import Quiz, QuizError, display_quiz, function_schema, grade, parse_quiz
from .tool_calls import answer_run
from .uploading import upload_files

__all__ = [
    "Quiz",
    "QuizError",
    "RunError",
    "answer_run",
    "ask",
    "connect",
    "connect_async",
    "connect_today",
    "create_new_thread",
    "create_thread_and_run",
    "display_quiz",
    "function_schema",
    "get_response",
    "grade",
    "migrate_thread",
    "parse_quiz",
    "playground",
    "print_message",
    "show_hits",
    "show_json",
    "show_steps",
    "skip_time",
    "submit_message",
    "upload_files",
    "wait_on_run",
]
