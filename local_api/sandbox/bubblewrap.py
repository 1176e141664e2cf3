"""A sandbox for code that a model wrote: bubblewrap, where it works."""

from __future__ import annotations

import functools
import os
import shutil
import site
import subprocess
import sys
from pathlib import Path

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts")
SCRATCH = 256 * 2**20  # bytes in /tmp and in shared memory, which both live in the machine's memory


@functools.cache
def has_sandbox() -> bool:
    """Whether bubblewrap is installed and works on this machine."""
    if not shutil.which("bwrap"):
        return False
    try:
        return subprocess.run(sandboxed(["true"]), capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def sandboxed(
    command: list[str], *, read: list[Path] | None = None, write: dict[str, Path] | None = None, chdir: str = "/"
) -> list[str]:
    """The command line that runs a command in a sandbox.

    The command has no network, hardly any environment, its own processes and /tmp, and sees the system and this Python
    read-only.

    Args:
        command: what to run.
        read: further files and folders that it can read, under their own names.
        write: folders that it can write to, by their names inside.
        chdir: where it starts.
    """
    line = ["bwrap", "--die-with-parent", "--new-session", "--clearenv"]
    # Root needs no user namespace. Inside one, code would count as root, and the limit on processes exempts root.
    line += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"] if is_root() else ["--unshare-all"]
    line += ["--proc", "/proc", "--dev", "/dev"]
    for place in ("/tmp", "/dev/shm"):
        line += ["--size", str(SCRATCH), "--perms", "1777", "--tmpfs", place]
    for place in [*SYSTEM, *python_folders()]:
        line += _mount("--ro-bind-try", place, place)
    for path in read or []:
        line += _mount("--ro-bind", str(path), str(path))
    for place, path in (write or {}).items():
        line += _mount("--bind", str(path), place)
    for name, value in inner_environment("/tmp").items():
        line += ["--setenv", name, value]
    return [*line, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", chdir, *command]


def _mount(how: str, path: str, place: str) -> list[str]:
    # Only root could enter the parent folders that bubblewrap creates by itself.
    way = [
        ["--perms", "0755", "--dir", str(folder)] for folder in reversed(Path(place).parents) if len(folder.parts) > 1
    ]
    return [*(word for words in way for word in words), how, path, place]


def inner_environment(home: str) -> dict[str, str]:
    """The whole environment of code that a model wrote: no key can be in it."""
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    names = {"HOME": home, "IPYTHONDIR": f"{home}/.ipython", "MPLCONFIGDIR": f"{home}/.matplotlib"}
    system = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}  # Windows' Python needs it
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONUTF8": "1", **one_thread, **names, **system}


def python_folders() -> list[str]:
    """Where this Python and its packages are."""
    folders = [sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parent)]
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    return list(dict.fromkeys(folders))


def is_root() -> bool:
    """Whether this program runs as root."""
    return hasattr(os, "geteuid") and os.geteuid() == 0
