"""A place to try assistants out, in the notebook: what OpenAI's web page of that name was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openai import OpenAI

if TYPE_CHECKING:
    from .panel import Playground


def playground(client: OpenAI, assistant_id: str | None = None) -> Playground:
    """Choose an assistant or make one, talk to it, and see the steps behind its replies.

    Nothing is made before you say something: the thread begins with your first message. While a run is at work, the
    kernel is too; interrupting the kernel cancels the run.

    Args:
        client: what `connect` returned.
        assistant_id: whom to begin with; the newest assistant if left out.

    Returns:
        The playground, to be shown as a cell's last line. Its `assistant_id` and `thread_id` are for code.
    """
    from .panel import Playground  # here, so that importing helpers leaves ipywidgets alone

    return Playground(client, assistant_id)
