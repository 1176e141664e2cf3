"""`python -m maintenance.documents`: build the PDFs that lesson 04 searches, from their Markdown.

Markdown becomes HTML, and a headless Chromium prints it. The same Chromium and fonts give the same bytes, since all
dates in a PDF come from its front matter.
"""

from __future__ import annotations

import io
import re
import sys
from html import escape
from pathlib import Path
from typing import Any

import mistune
import yaml
from playwright.sync_api import Error, sync_playwright
from pypdf import PdfWriter

from local_api.data import data_folder

from .chromium import CHROMIUM, FLAGS

DOCUMENTS = data_folder() / "documents"
SOURCES = DOCUMENTS / "sources"
PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<title>{title}</title>
<style>{style} :root {{ --running-head: "{title}" }}</style>
<header>
<p class="kind">{kind}</p>
<h1>{title}</h1>
<p class="subtitle">{subtitle}</p>
<p class="byline">{byline}</p>
</header>
{body}
"""
# Lines may break at a hyphen, and between a closing mark and a Korean particle. In the text of the PDF that would make
# two words of one.
BREAKABLE = re.compile(r"[\w.]+(?:[-–][\w.]+)+|\S*[”’」』)][가-힣]\S*")


class Renderer(mistune.HTMLRenderer):
    """Renders HTML with drawings as part of the page and with unbroken words."""

    def text(self, text: str) -> str:
        """Text in which no line breaks within a word."""
        return BREAKABLE.sub(r'<span class="word">\g<0></span>', super().text(text))

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """An SVG file next to the Markdown, embedded so that its words are text in the PDF."""
        drawing = (SOURCES / url).read_text(encoding="utf-8")
        return f'<span class="figure" role="img" aria-label="{escape(text)}">{drawing}</span>'


def read(path: Path) -> tuple[dict[str, Any], str]:
    """A document's front matter and its Markdown.

    Args:
        path: the Markdown file.

    Raises:
        ValueError: the file does not begin with front matter.
    """
    _, *parts = path.read_text(encoding="utf-8").split("---\n", 2)
    if len(parts) != 2:
        raise ValueError(f"{path.name} must begin with front matter between two lines of ---.")
    front: dict[str, Any] = yaml.safe_load(parts[0])
    return front, parts[1]


def html(front: dict[str, Any], markdown: str) -> str:
    """A document as one HTML page."""
    render = mistune.create_markdown(renderer=Renderer(), plugins=["table", "url"])
    words = {name: escape(str(value)) for name, value in front.items()}
    return PAGE.format(style=(SOURCES / "style.css").read_text(encoding="utf-8"), body=render(markdown), **words)


def finished(pdf: bytes, front: dict[str, Any]) -> bytes:
    """The printed PDF with its author, and with dates that are the same for every build."""
    date = f"D:{front['date']:%Y%m%d}000000Z"
    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    writer.add_metadata({"/Author": front["author"], "/Creator": "maintenance/documents.py"})
    writer.add_metadata({"/CreationDate": date, "/ModDate": date})
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()


def main() -> None:
    """Build every document in the sources' folder."""
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
            for path in sorted(SOURCES.glob("*.md")):
                front, markdown = read(path)
                page = browser.new_page()
                page.set_content(html(front, markdown))
                pdf = finished(page.pdf(prefer_css_page_size=True, tagged=True, outline=True), front)
                target = DOCUMENTS / f"{path.stem}.pdf"
                target.write_bytes(pdf)
                print(f"{target.name}: {len(pdf) / 1000:.0f} kB")
    except (Error, ValueError) as error:
        sys.exit(f"The documents could not be built: {error}")


if __name__ == "__main__":
    main()
