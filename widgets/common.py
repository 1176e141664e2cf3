"""What the quiz form and the playground share: how a notebook shows them, and the basis of their style."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipywidgets import VBox

# Both set their own maximal width. Colours have a second value for Colab, which doesn't define JupyterLab's.
STYLE = """<style>
.course-panel { padding: 4px 16px 14px 8px; font-size: 14px; word-break: keep-all; }
.course-panel, .course-panel .widget-box { overflow: visible; }
.course-panel .widget-html, .course-panel .widget-html-content {
  width: 100%; height: auto; margin: 0; overflow: visible; font-size: inherit;
}
.course-panel .widget-html-content { line-height: 1.5; overflow-wrap: anywhere; }
.course-panel .panel-title { font-size: 1.3em; font-weight: 600; }
</style>"""


class Panel:
    """Widgets in a box. Where there are no widgets, a notebook shows the repr as text.

    Attributes:
        box: the widgets.
    """

    box: VBox

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id}
        return {"text/plain": repr(self), "application/vnd.jupyter.widget-view+json": view}
