"""A place to try out assistants in the notebook, like OpenAI's web page of that name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openai import OpenAI

if TYPE_CHECKING:
    from .panel import Playground


def playground(client: OpenAI, assistant_id: str | None = None) -> Playground:
    """Choose or make an assistant, talk to it, and see the steps behind its replies.

    Nothing is created before you send something: the first message creates the thread. The kernel is busy while a run
    is active; interrupting the kernel cancels the run.

    Args:
        client: what `connect` returned.
        assistant_id: the assistant to start with; the newest one if left out.

    Returns:
        The playground, to be shown as a cell's last line. Its `assistant_id` and `thread_id` are for code.
    """
    from .panel import Playground  # here, so that `import widgets` doesn't load ipywidgets

    return Playground(client, assistant_id)
