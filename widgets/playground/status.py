"""What the playground's parts share: the status line, and rows of widgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import HTML, HBox

from . import pages


class Status:
    """A line for what is going on and what went wrong.

    Attributes:
        line: the widget.
    """

    def __init__(self) -> None:
        self.line = HTML()

    def show(self, text: str) -> None:
        """Show a note; an empty one clears the line."""
        self.line.value = pages.note(text)

    def attempt(self, action: Callable[[], object]) -> str:
        """Call the action and show what goes wrong, since nobody would see a traceback from a callback.

        Returns:
            What went wrong; empty if nothing did.
        """
        try:
            action()
        except (Exception, KeyboardInterrupt) as error:
            self.line.value = pages.failure(pages.reason(error))
            return pages.reason(error)
        return ""


def row(*widgets: Any) -> HBox:
    """Widgets side by side, wrapped where space is short."""
    box = HBox(widgets)
    box.add_class("play-row")
    return box
