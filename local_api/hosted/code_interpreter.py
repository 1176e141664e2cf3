"""The code interpreter as a tool: the model's Python, run in the session of a thread or of a container."""

from __future__ import annotations

import base64
import io
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from local_api.documents.files import Files
from local_api.documents.objects import File
from local_api.engine.toolbox import Context, Reference, Use
from local_api.sandbox import ToolUnavailable
from local_api.sandbox.python import PythonTool, Result
from local_api.storage.store import Store
from local_api.storage.texts import is_storable, storable
from local_api.tokens import shortened

SANDBOX_LINK = "sandbox:/mnt/data/"  # how a reply points to a file that the code made
LONGEST_OUTPUT = 20_000  # characters of output that the model is given
HALF = "[The code was not run: it contains half of a character. Write the character whole, or leave it out.]\n"
TOO_DEEP = "[The code was not run: the call's arguments are nested too deeply to be read.]\n"
LONGEST_NAME = 255  # bytes, on all usual disks
# Names that no file can have: "." and "..", and on Windows device names and what it refuses.
UNUSABLE = r"\.\.?|(con|prn|aux|nul|com\d|lpt\d)(\..*)?|.*[. ]" + (r"|.*[<>:\"|?*].*" if os.name == "nt" else "")
UNUSABLE_NAME = re.compile(UNUSABLE, re.IGNORECASE)


class CodeInterpreter:
    """Runs the model's Python.

    Args:
        store: where threads and containers are, beside which the files that their code has made are kept.
        files: where files come from and go to.
        python: runs the code.
    """

    type = "code_interpreter"
    name = "python"
    item_type = "code_interpreter_call"
    optional = "outputs"

    def __init__(self, store: Store, files: Files, python: PythonTool) -> None:
        self._store = store
        self._files = files
        self._python = python

    def function(self, context: Context) -> dict[str, Any]:
        """The tool as the model sees it: description and parameters of a function."""
        names = ", ".join(self._given(context)) or "nothing yet"
        description = (
            "Runs Python in a session that keeps its variables, and returns what the code prints. There is no network. "
            f"Files are in /mnt/data, which holds: {names}. A figure is shown to the user by plt.show(). To give the "
            f"user a file, save it in /mnt/data and link it in your reply: [name]({SANDBOX_LINK}name)."
        )
        properties = {"code": {"type": "string", "description": "Python source"}}
        schema = {"type": "object", "properties": properties, "required": ["code"], "additionalProperties": False}
        return {"description": description, "parameters": schema, "strict": True}

    def begin(self, arguments: str, context: Context) -> Use:
        """A call that has not been made yet; its code is streamed line by line."""
        code, refusal = _readable(arguments)
        lines = code.splitlines(keepends=True)
        return Use(
            {"input": code, "outputs": []},
            item={"code": code},
            item_events=[
                (".in_progress", {}),
                *(("_code.delta", {"delta": line}) for line in lines),
                ("_code.done", {"code": code}),
                (".interpreting", {}),
            ],
            deltas=[{"input": "", "outputs": []}, *({"input": line} for line in lines)],
            refusal=refusal,
        )

    def finish(self, use: Use, context: Context, new_id: Callable[[], str], wanted: Callable[[], bool]) -> None:
        """Run the code: what it printed and showed becomes the outputs, and the files it made are kept."""
        result = Result([use.refusal]) if use.refusal else self._result(use.details["input"], context, wanted)
        texts: list[str] = []
        use.item["outputs"] = []
        for part in result.parts:
            output: dict[str, Any]
            shown: dict[str, Any]
            if isinstance(part, str):
                output = shown = {"type": "logs", "logs": part}
                texts.append(part)
            else:
                picture = self._files.keep_made(new_id(), f"figure_{len(use.pictures) + 1}.png", io.BytesIO(part))
                use.pictures.append(picture["id"])
                output = {"type": "image", "image": {"file_id": picture["id"]}}
                shown = {"type": "image", "url": f"data:image/png;base64,{base64.b64encode(part).decode()}"}
                texts.append("[A figure; the user sees it above your reply.]\n")
            use.deltas.append({"outputs": [{"index": len(use.details["outputs"]), **output}]})
            use.details["outputs"].append(output)
            use.item["outputs"].append(shown)
        for name in self._keep(result, context.session, new_id):
            texts.append(f"[New file: {SANDBOX_LINK}{name}]\n")
        use.output = shortened("".join(texts), LONGEST_OUTPUT) or "[The code printed nothing.]"

    def forget(self, session: str) -> None:
        """End the session of a thread that has been deleted."""
        self._python.end(session)

    def new_item(self, context: Context) -> dict[str, Any]:
        """The members of an output item when its call begins."""
        return {"container_id": context.session, "code": "", "outputs": None}

    def replayed(self, item: Mapping[str, Any], number: int) -> tuple[dict[str, Any], str]:
        """The code of a call in an earlier response, and what it printed."""
        logs = (output["logs"] for output in item["outputs"] or [] if output["type"] == "logs")
        return {"code": item["code"] or ""}, "".join(logs)

    def literals(self, context: Context) -> dict[str, Reference]:
        """The links to files that the session's code has made."""
        made = self._made(context.session)
        return {f"{SANDBOX_LINK}{name}": Reference("file_path", file_id, name) for name, file_id in made.items()}

    def _result(self, code: str, context: Context, wanted: Callable[[], bool]) -> Result:
        try:
            return self._python.run(context.session, code, self._given(context), wanted)
        except ToolUnavailable as why:
            return Result([f"[{why}]\n"])

    def _given(self, context: Context) -> dict[str, Path]:
        """What is in the session's folder from the start, by name: files it was given, and those it made before."""
        given: dict[str, Path] = {}
        for file_id in dict.fromkeys(context.file_ids):
            if file := cast("File | None", self._store.get("file", file_id)):
                given[_free_name(file, given)] = self._files.blobs.path(file_id)
        for name, file_id in self._made(context.session).items():
            if self._store.get("file", file_id):
                given[name] = self._files.blobs.path(file_id)
        return {name: path for name, path in given.items() if path.is_file()}  # some may be gone from the disk

    def _made(self, session: str) -> dict[str, str]:
        """The ids of the files that a session's code has made, by name."""
        return dict(self._store.get_work(session).get("made", {}))

    def _keep(self, result: Result, session: str, new_id: Callable[[], str]) -> Iterator[str]:
        made = self._made(session)
        for name, content in result.files.items():
            with content:
                made[name] = self._files.keep_made(new_id(), name, content)["id"]
            yield name
        if result.files:
            self._store.put_work(session, {"made": made})


def code_in(arguments: str) -> str:
    """The code in a call's arguments. Small models often send bare code instead of JSON, which is taken as it is."""
    try:
        code = json.loads(arguments)["code"]
    except (ValueError, TypeError, KeyError):
        return arguments
    return code if isinstance(code, str) else arguments


def _readable(arguments: str) -> tuple[str, str]:
    """The code in a call's arguments as it can be stored, and why it can't be run, if it can't."""
    try:
        code = code_in(arguments)
    except RecursionError:
        return storable(arguments), TOO_DEEP
    return (code, "") if is_storable(code) else (storable(code), HALF)


def _free_name(file: File, taken: dict[str, Path]) -> str:
    """A file's name in the folder: its own, unless the disk doesn't allow it or another file has it."""
    name = file["filename"]
    for free in (name, f"{file['id']}-{name}"):
        if (
            free not in taken
            and free.isprintable()
            and len(free.encode()) <= LONGEST_NAME
            and not UNUSABLE_NAME.fullmatch(free)
        ):
            return free
    return file["id"]
