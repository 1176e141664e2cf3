"""Using a playground without a browser."""

from __future__ import annotations

from typing import Any


def say(panel: Any, text: str) -> None:
    """Type a message and press Enter."""
    widget(panel, "Textarea", description="Message").value = f"{text}\n"


def pages(panel: Any) -> str:
    """All HTML on the panel."""
    return "\n".join(it.value for it in widgets(panel) if type(it).__name__ == "HTML")


def widget(panel: Any, kind: str, **members: Any) -> Any:
    """The one widget of this kind with these members."""
    (found,) = [
        it
        for it in widgets(panel)
        if type(it).__name__ == kind and all(getattr(it, name) == value for name, value in members.items())
    ]
    return found


def widgets(panel: Any) -> list[Any]:
    """All widgets on the panel, from above."""

    def below(it: Any) -> list[Any]:
        return [it, *(deeper for child in getattr(it, "children", []) for deeper in below(child))]

    return below(panel.box)
