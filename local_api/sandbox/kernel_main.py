"""The program that `kernel` starts, inside the sandbox if there is one: a Jupyter kernel that limits itself first.

It imports nothing of this package, which the sandbox doesn't contain. Its argument is JSON from `kernel`.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import json
import logging
import os
import sys
import types
from collections.abc import Sequence
from typing import Any

DATA = "/mnt/data"
KEYCTL = {"x86_64": 250, "aarch64": 219}  # the number of keyctl(2), by machine
JOIN_SESSION_KEYRING = 1


def main(settings: dict[str, Any]) -> None:
    """Give up rights, set limits, and be a kernel."""
    for name, value in settings["limits"].items():
        import resource  # here, since Windows has none

        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
    if sys.platform == "linux":
        join_new_keyring()
    if settings["user"]:
        os.setgroups([])
        os.setgid(settings["user"])
        os.setuid(settings["user"])
    if settings["parent"]:
        os.environ["JPY_PARENT_PID"] = str(settings["parent"])  # the kernel ends with this process
    os.chdir(settings["folder"])
    sys.meta_path.insert(0, FontFinder(settings["font"]))
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # it warns whenever it is slow

    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance()  # its methods have no types
    app.initialize(["-f", settings["connection"], "--HistoryManager.enabled=False"])
    if settings["folder"] != DATA:
        app.shell.ast_transformers.append(MovedFolder(settings["folder"]))
    app.start()


def join_new_keyring() -> None:
    """Leave the session keyring of the login, whose keys the code could read, and in which it could leave notes.

    Bubblewrap keeps that keyring (keyrings(7)). The C library has no function for keyctl(2), so it is called by number.
    """
    import ctypes

    number = KEYCTL.get(os.uname().machine)
    if number:
        ctypes.CDLL(None, use_errno=True).syscall(number, JOIN_SESSION_KEYRING, None)


class MovedFolder(ast.NodeTransformer):
    """Makes string constants that start with `/mnt/data` name the real folder, where there is no `/mnt/data`.

    Args:
        folder: the real folder.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        """A constant of the code about to run."""
        value = node.value
        if isinstance(value, str) and (value == DATA or value.startswith(f"{DATA}/")):
            return ast.copy_location(ast.Constant(self.folder + value[len(DATA) :]), node)
        return node


class FontFinder(importlib.abc.MetaPathFinder):
    """Adds the course's font to matplotlib as soon as that is imported: its own fonts lack Hangul and draw boxes.

    Args:
        font: the font's file.
    """

    def __init__(self, font: str) -> None:
        self.font = font

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Called for every import; only that of matplotlib's fonts matters."""
        if name != "matplotlib.font_manager":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec and spec.loader:
            spec.loader = FontLoader(spec.loader, self.font)
        return spec


class FontLoader(importlib.abc.Loader):
    """Loads matplotlib's fonts, and then adds one.

    Args:
        loader: loads the module.
        font: the added font's file.
    """

    def __init__(self, loader: importlib.abc.Loader, font: str) -> None:
        self.loader = loader
        self.font = font

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        """Create the module as its own loader does."""
        return self.loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        """Draw with the added font whatever matplotlib's own fonts lack."""
        self.loader.exec_module(module)
        import matplotlib

        module.fontManager.addfont(self.font)
        family = module.FontProperties(fname=self.font).get_name()
        matplotlib.rcParams["font.family"] = [*matplotlib.rcParams["font.family"], family]


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
