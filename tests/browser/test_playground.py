"""A learner tries assistants out in JupyterLab: by clicking, by typing, with files and as the assistant's function."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from opening import opened
from pictures import take_pictures
from test_jupyterlab import choose

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

    from browser.conftest import Lab

SEA = "You know the sea."
CODE = """\
import matplotlib.pyplot as plt
import pandas as pd

tides = pd.read_csv("/mnt/data/<b>tides.csv")
print("highest:", tides["metres"].max())
tides.to_csv("/mnt/data/sorted.csv")
plt.figure(figsize=(5, 2))
plt.bar(tides["place"], tides["metres"])
plt.show()"""
HIGHEST = "Which tide is the highest?"
SALT = "바닷물은 왜 짠가요?"
BUSAN = "When is high tide in Busan?"
UNSURE = "Are you sure?"
TALKS = [
    [
        {"user": HIGHEST},
        {"calls": [{"name": "python", "arguments": {"code": CODE}}]},
        {"assistant": "<b>Incheon</b>, with 9.3 m: [sorted.csv](sandbox:/mnt/data/sorted.csv)", "needs": ["9.3"]},
        {"user": SALT},
        {"calls": [{"name": "file_search", "arguments": {"queries": ["강물 광물 소금"]}}]},
        {"assistant": "강물이 광물을 바다로 나르기 때문이에요【<i>바다.md|강물은 광물을】."},
    ],
    [
        {"user": BUSAN},
        {"calls": [{"name": "get_tide", "arguments": {"place": "<s>Busan</s>"}}]},
        {"outputs": ["06:12"]},
        {"assistant": "High tide in Busan is at 06:12."},
        {"user": UNSURE},
        {"assistant": "As sure as the moon."},
    ],
]
FILES = {
    "<b>tides.csv": "place,metres\nBusan,1.3\nIncheon,9.3\nMokpo,4.5\n",
    "<i>바다.md": "# 바다\n\n강물은 광물을 바다로 나릅니다. 그래서 바닷물에는 소금이 많습니다.\n",
}
SHOW = f"""\
import os
os.environ["COURSE_RECORDINGS"] = "played"
from helpers import connect
from widgets import playground

client = connect("sea")
get_tide = {{"name": "get_tide", "parameters": {{"type": "object", "properties": {{"place": {{"type": "string"}}}}}}}}
tools = [{{"type": "code_interpreter"}}, {{"type": "file_search"}}, {{"type": "function", "function": get_tide}}]
sailor = client.beta.assistants.create(model="gpt-6-luna", name="<b>Sailor</b>", instructions={SEA!r}, tools=tools)
diver = client.beta.assistants.create(model="gpt-6-luna", name="Diver")
panel = playground(client)
panel"""
READ = """\
assistants = [[it.name, it.instructions, [tool.type for tool in it.tools]] for it in client.beta.assistants.list()]
print("READ", assistants, panel.assistant_id == client.beta.assistants.list().data[0].id)"""


@pytest.fixture(scope="module")
def page(browser: Browser, lab: Lab) -> Iterator[Page]:
    """The playground's notebook, not yet run."""
    talks = [{"instructions": SEA, "tools": ["python", "file_search", "get_tide"], "messages": talk} for talk in TALKS]
    recording = {"source": "written for this test", "date": "2026-11-22", "conversations": talks}
    (lab.folder / "played").mkdir()
    (lab.folder / "played" / "sea.json").write_text(json.dumps(recording), encoding="utf-8")
    with opened(browser, lab, "playground", [SHOW, READ]) as page:
        yield page


@pytest.fixture
def panel(page: Page) -> Locator:
    """A fresh playground, with the assistant chosen for which something is recorded."""
    choose(page, "Edit", "Clear Outputs of All Cells")
    choose(page, "Run", "Run All Cells")
    page.get_by_text(re.compile("READ .* True")).wait_for()
    panel = page.locator(".course-play")
    panel.get_by_text("Nothing more is recorded here.").wait_for()  # for the newest
    panel.get_by_label("Assistant").select_option(index=1)
    button(panel, HIGHEST).wait_for()
    return panel


@pytest.fixture
def read(page: Page) -> Callable[[], str]:
    """A function that runs the last cell again and gives what it prints."""

    def read_() -> str:
        choose(page, "Edit", "Clear Outputs of All Cells")
        cell = page.locator(".jp-CodeCell").nth(1)
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        return cell.locator(".jp-OutputArea-output").get_by_text(re.compile("READ .*")).inner_text().strip()

    return read_


def test_files_code_pictures_and_searches(panel: Locator, page: Page) -> None:
    assert button(panel, SALT).count() == 0  # a follow-up
    attach(panel, "<b>tides.csv")
    button(panel, HIGHEST).click()
    reply = panel.locator(".play-assistant").first
    reply.get_by_text("<b>Incheon</b>, with 9.3 m").wait_for()
    panel.locator("summary").get_by_text("Code interpreter ✓ done").wait_for()
    assert panel.locator("details pre").all_inner_texts() == [CODE, "highest: 9.3\n", "(a picture, below)"]
    assert reply.locator("img").evaluate("image => image.naturalWidth") > 100
    with page.expect_download() as download:
        reply.get_by_text("Download sorted.csv").click()
    assert "Incheon" in Path(download.value.path()).read_text()
    take_pictures(page, panel, "playground-1-code")

    panel.get_by_label("for").select_option("File search")
    attach(panel, "<i>바다.md")
    button(panel, SALT).click()
    panel.locator(".play-assistant").get_by_text("[1] <i>바다.md").wait_for()
    panel.locator("summary").get_by_text("File search ✓ done: 1 passage").wait_for()
    panel.locator("summary").get_by_text(re.compile(r"1\. <i>바다\.md, score 0\.\d\d")).click()
    panel.locator("details pre").get_by_text("강물은 광물을 바다로 나릅니다.").wait_for()
    panel.get_by_text("Nothing more is recorded here.").wait_for()
    take_pictures(page, panel, "playground-2-search")
    assert panel.locator(".play-said b, .play-said i, table b").count() == 0


def test_typing_and_being_the_function(panel: Locator, page: Page) -> None:
    message = panel.get_by_label("Message")
    message.fill("Sing")
    message.press("Enter")
    panel.locator(".play-failure").get_by_text("No recorded reply to this in data/recordings/sea.json").wait_for()
    panel.get_by_text("taken out of the thread again").wait_for()
    assert message.input_value() == "Sing"
    assert "Traceback" not in panel.inner_text()
    take_pictures(page, panel, "playground-3-refused")

    message.fill("")
    message.press_sequentially(BUSAN)
    message.press("Enter")
    panel.get_by_text("The assistant calls get_tide.").wait_for()
    panel.locator("details").get_by_text('"place": "<s>Busan</s>"').wait_for()
    assert button(panel, "Send").is_disabled()
    assert button(panel, "New thread").is_disabled()
    assert message.input_value() == ""
    message.press_sequentially("too early\n")
    take_pictures(page, panel, "playground-4-function")
    panel.get_by_label("Output").fill("06:12")
    button(panel, "Submit output").click()
    panel.locator(".play-assistant").get_by_text("High tide in Busan is at 06:12.").wait_for()
    assert panel.locator("details pre").all_inner_texts()[-1] == "06:12"
    assert message.input_value() == "too early"
    assert panel.locator(".play-you").count() == 2

    message.fill(UNSURE)
    button(panel, "Send").click()
    panel.get_by_text("As sure as the moon.").wait_for()
    button(panel, "New thread").click()
    button(panel, HIGHEST).wait_for()
    assert panel.locator(".play-said").count() == 0


def test_a_run_that_nobody_answers_is_cancelled(panel: Locator) -> None:
    button(panel, BUSAN).click()
    button(panel, "Cancel the run").click()
    panel.get_by_text("The run was cancelled.").wait_for()
    button(panel, BUSAN).wait_for()


def test_keyboard_alone(panel: Locator, page: Page) -> None:
    panel.get_by_label("Message").focus()
    press(page, "Shift+Tab", "Space")  # the last recorded question
    panel.get_by_text("The assistant calls get_tide.").wait_for()
    panel.locator("textarea:focus").wait_for()
    press(page, "Shift+Tab", "Shift+Tab", "Shift+Tab")
    page.keyboard.type("06:12")
    press(page, "Tab", "Enter")
    panel.get_by_text("High tide in Busan is at 06:12.").wait_for()


def test_making_an_assistant(panel: Locator, page: Page, read: Callable[[], str]) -> None:
    button(panel, "New assistant").click()
    panel.get_by_label("Name").fill("<b>Navigator</b>")
    panel.get_by_label("function get_tide").uncheck()
    panel.get_by_label("File search").uncheck()
    take_pictures(page, panel, "playground-5-new")
    button(panel, "Create assistant").click()
    panel.get_by_text("✓ Made <b>Navigator</b>").wait_for()
    panel.locator(".play-made-of").get_by_text("Code interpreter").wait_for()
    assert panel.get_by_label("Name").count() == 0
    assert read().startswith(f"READ [['<b>Navigator</b>', '{SEA}', ['code_interpreter']], ['Diver', None, []]")


def attach(panel: Locator, name: str) -> None:
    with panel.page.expect_file_chooser() as chooser:
        panel.get_by_role("button", name="Attach a file").click()
    chooser.value.set_files({"name": name, "mimeType": "text/plain", "buffer": FILES[name].encode()})
    panel.get_by_text(f"{name} goes to the").wait_for()


def button(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("button", name=name, exact=True)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
