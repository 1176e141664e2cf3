"""The program that `kernel` starts, inside the sandbox if there is one: a Jupyter kernel that limits itself first.

It stands alone, since the rest of this package is not to be seen from inside. Its argument is JSON from `kernel`.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import json
import logging
import os
import sys

DATA = "/mnt/data"


def main(settings: dict) -> None:
    """Give up rights, set limits, and be a kernel."""
    for name, value in settings["limits"].items():
        import resource  # here, since Windows has none

        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
    if settings["user"]:
        os.setgroups([])
        os.setgid(settings["user"])
        os.setuid(settings["user"])
    if settings["parent"]:
        os.environ["JPY_PARENT_PID"] = str(settings["parent"])  # with whom the kernel ends
    os.chdir(settings["folder"])
    sys.meta_path.insert(0, FontFinder(settings["font"]))
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # it says so whenever it is slow

    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize(["-f", settings["connection"], "--HistoryManager.enabled=False"])
    if settings["folder"] != DATA:
        app.shell.ast_transformers.append(MovedFolder(settings["folder"]))
    app.start()


class MovedFolder(ast.NodeTransformer):
    """Where `/mnt/data` can't be, string constants that start with it name the real folder instead.

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
    """Lets matplotlib know the course's font as soon as it is imported: its own has no Hangul, which would be boxes.

    Args:
        font: the font's file.
    """

    def __init__(self, font: str) -> None:
        self.font = font

    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        """Called for every import; the one of matplotlib's fonts is waited for."""
        if name != "matplotlib.font_manager":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec and spec.loader:
            load = spec.loader.exec_module
            spec.loader.exec_module = lambda module: (load(module), self.add_to(module))
        return spec

    def add_to(self, font_manager: object) -> None:
        """Draw with this font whatever matplotlib's own lacks."""
        import matplotlib

        font_manager.fontManager.addfont(self.font)
        family = font_manager.FontProperties(fname=self.font).get_name()
        matplotlib.rcParams["font.family"] = [*matplotlib.rcParams["font.family"], family]


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
