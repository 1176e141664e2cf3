"""Runs untrusted Python in sessions that keep their variables: a Jupyter kernel each, in bubblewrap where it works.

It knows processes, their limits and their folders. It knows no run, and not who wants the code to run.
"""


class ToolUnavailable(Exception):
    """The code could not run; the text says why and what to do, for the model to pass on."""
