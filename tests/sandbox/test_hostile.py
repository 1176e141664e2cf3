"""Code that means harm, in the sandbox: what became of each try, and that the session goes on afterwards."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from local_api.sandbox import kernel, watch
from local_api.sandbox.bubblewrap import has_sandbox, python_folders
from local_api.sandbox.python import PythonTool
from local_api.sandbox.watch import MOST_DISK
from sandbox.sessions import Run, runner

pytestmark = pytest.mark.skipif(not has_sandbox(), reason="no sandbox here")

REPOSITORY = Path(__file__).resolve().parents[2]
SECRET = "planted-0123456789abcdef"
ENDED = "has ended"
LATE = "stopped after 1.5 seconds"
FULL = "MB written"
# What nobody needs to see in the home folder: all but the way to this Python and to this project.
AT_HOME = [
    re.escape(name)
    for name in os.listdir(Path.home())
    if not any(Path(place).is_relative_to(Path.home() / name) for place in (REPOSITORY, *python_folders()))
]
MEMORY = "(GB of memory taken|MemoryError|has ended)"

# For snippets: try something, and print what came of it in one line.
TRYING = """
import os, signal, socket, subprocess, sys, time
def attempt(what):
    try: print('got', what())
    except BaseException as error: print('refused', type(error).__name__)
def shell(line): return subprocess.run(line, shell=True, capture_output=True, text=True, timeout=2)
def listed(place): return sorted(os.listdir(place))
MB = 2**20
def take(path, megabytes):
    file = open(path, 'w'); os.posix_fallocate(file.fileno(), 0, megabytes * MB); return file
"""
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(50)).decode()

# A snippet, then what its output must hold and must not hold, as patterns.
SNIPPETS = {
    # --- secrets and files ---
    "environment": ("print(dict(os.environ))", "PATH", SECRET),
    "environments of others": (
        "for pid in filter(str.isdigit, listed('/proc')):\n"
        "    attempt(lambda: open(f'/proc/{pid}/environ', 'rb').read())", "got|refused", SECRET),
    "other processes": ("print(len([p for p in listed('/proc') if p.isdigit()]))", r"^\d\n$", ""),
    "user names": ("attempt(lambda: open('/etc/passwd').read())", "refused FileNotFoundError", "root:"),
    "whole machine": ("print(listed('/'))", "mnt", "(boot|media|opt|srv|sys|var)'"),
    "repository": (
        f"attempt(lambda: listed({str(REPOSITORY)!r}))", r"refused|got \[('.venv', )?'data', 'local_api'\]", "README"),
    "package beside it": (f"print(listed({str(REPOSITORY / 'local_api/sandbox')!r}))", r"\['kernel_main.py'\]", "wire"),
    "home folder": (f"attempt(lambda: listed({str(Path.home())!r}))", "refused|got", f"'({'|'.join(AT_HOME)})'"),
    "through process 1": ("attempt(lambda: listed('/proc/1/' + 'root/etc/passwd'))", "refused", "got"),
    "folder of the sessions": ("attempt(lambda: listed(os.path.dirname(os.environ['HOME']) + '/tmp'))",
                               "refused|got", "other"),
    "writing to the system": (
        "for place in ('/usr', '/', '/dev', '/etc', '/mnt', sys.prefix, '/proc/sys/kernel/hostname'):\n"
        "    attempt(lambda: open(place if 'proc' in place else place + '/x', 'w'))", "refused", "got"),
    "device files": ("attempt(lambda: os.mknod('/mnt/data/disk', 0o60666, os.makedev(254, 0)))", "refused", "got"),
    # --- network ---
    "internet": ("attempt(lambda: socket.create_connection(('1.1.1.1', 53), 1))", "refused OSError", "got"),
    "names": ("attempt(lambda: socket.getaddrinfo('example.com', 80))", "refused", "got"),
    "loopback": ("attempt(lambda: socket.create_connection(('127.0.0.1', PORT), 1))", "refused", "got"),
    "abstract socket": ("attempt(lambda: socket.socket(socket.AF_UNIX).connect('\\0NAME'))", "refused", "got"),
    "packets": ("attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))", "refused PermissionError", "got"),
    # --- rights ---
    "becoming root": ("attempt(lambda: os.setuid(0))", "refused", "got"),
    "programs that become root": ("print(shell('su -c id; mount -t tmpfs none /mnt'))", "returncode=[1-9]", "uid=0"),
    "tracing process 1": (  # which is the sandbox's own, so that it may succeed: it knows nothing
        "import ctypes; print('traced', ctypes.CDLL(None).ptrace(16, 1, 0, 0))\n"
        "attempt(lambda: open('/proc/1/environ').read())", "traced", SECRET),
    "nested namespaces": (
        "print(shell('unshare -Urmn sh -c \"mount -o remount,rw /usr; touch /usr/x && echo written; umount -l /usr; "
        "cat /etc/passwd /proc/1/environ\"').stdout, 'tried')", "tried", f"written|root:|{SECRET}"),
    # --- processes and time ---
    "fork bomb": (
        "try:\n    while True:\n        if os.fork() == 0: time.sleep(60); os._exit(0)\n"
        "except OSError: print('limit')", "limit", "GB"),
    "fork bomb that goes on": (
        "while True:\n    try: os.fork()\n    except OSError: pass", f"{LATE}|{ENDED}", ""),
    "endless loop": ("while True: pass", LATE, ENDED),
        "loop that nothing interrupts": (
        "for n in set(signal.Signals) - {9, 19}: signal.signal(n, signal.SIG_IGN)\n"
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass", f"(?s){LATE}.*{ENDED}", ""),
    "killing its parent": ("attempt(lambda: os.kill(os.getppid(), 9)); print('on')", f"on|{ENDED}", ""),
    "killing process 1": ("attempt(lambda: os.kill(1, 9)); print('after')", "after", ""),
    "killing everything": ("attempt(lambda: os.kill(-1, 9)); print('on')", f"on|{ENDED}", LATE),
    "processes left behind": (
        "subprocess.Popen(['sleep', '600'], start_new_session=True)\nif os.fork() == 0: os.setsid(); time.sleep(600)\n"
        "print('on')", "on", ""),
    "leaving": ("os._exit(3)", ENDED, ""),
    "crash": ("import ctypes; ctypes.string_at(0)", ENDED, ""),
    "exit()": ("exit()", "", LATE),
    "sys.exit()": ("sys.exit('bye')", "bye", LATE),
    "asking": ("input('name? ')", "does not support input", LATE),
    # --- memory ---
    "memory": ("a = bytearray(4 * 2**30)", MEMORY, LATE),
    "memory, bit by bit": ("kept = []\nwhile True: kept.append(bytearray(100 * MB))", MEMORY, LATE),
    "memory of several": (
        "for _ in range(4):\n    if os.fork() == 0:\n        a = b'x' * (350 * MB); time.sleep(60); os._exit(0)\n"
        "time.sleep(60)", "GB of memory taken", LATE),
    "memory that is shared": (
        "a = b'x' * (300 * MB)\nfor _ in range(4):\n    if os.fork() == 0: time.sleep(1); os._exit(0)\n"
        "for _ in range(4): os.wait()\nprint('on')", "^on", "GB"),
    "memory in files that have no name": (
        "kept = []\nfor n in range(16):\n    kept.append(os.memfd_create('x'))\n"
        "    os.posix_fallocate(kept[-1], 0, 250 * MB)\ntime.sleep(1); print('has it')",
        f"{FULL}|{MEMORY}", "has it"),
    # --- disk ---
    "10 GB file": (
        "with open('big', 'wb') as file:\n    for _ in range(10_000): file.write(bytes(MB))", "too large", LATE),
    "10 GB in several files": ("for n in range(40): take(str(n), 250)\ntime.sleep(60)", f"{FULL}.*emptied", LATE),
    "many files": ("for n in range(20_000): open(f'{n:06}', 'w').close()\nprint('made')", "made|stopped", ""),
    "/tmp": ("attempt(lambda: [take(f'/tmp/{n}', 100) for n in range(3)])", "refused OSError", "got"),
    "shared memory": ("attempt(lambda: [take(f'/dev/shm/{n}', 100) for n in range(3)])", "refused OSError", "got"),
    "files deleted but open": (
        "kept = []\nfor n in range(4): kept.append(take('x', 250)); os.unlink('x')\ntime.sleep(1); print('has it')",
        FULL, "has it"),
    "files too deep to be named": (
        "for n in range(30): os.mkdir('d' * 250); os.chdir('d' * 250)\n"
        "for n in range(4): take(str(n), 250)\ntime.sleep(1); print('has it')", FULL, "has it"),
    "folders in folders": ("for n in range(3000): os.mkdir('d'); os.chdir('d')\n"
                           "time.sleep(1); print('on')", "on|emptied", ""),
    "the folder of its sockets": (
        "import json\nplace = os.path.dirname(json.loads(sys.argv[1])['connection'])\n"
        "for n in range(4): take(f'{place}/{n}', 250)\ntime.sleep(60)", FULL, LATE),
    "folders it may not enter": ("os.makedirs('a/b'); os.chmod('a', 0); os._exit(0)", ENDED, ""),
    # --- output ---
    "100 MB of output": ("for _ in range(1000): print('x' * 100_000)", "characters of output|too long", LATE),
    "100 MB in one line": ("print('x' * (100 * MB))", "characters of output|too long|x{1000}", LATE),
    "output past Python": ("os.write(1, b'x' * MB); os.write(2, b'y' * MB); print('on')", "on|characters", LATE),
    "1,000 figures": (f"for _ in range(1000): display({{'image/png': {PNG!r}}}, raw=True)\nprint('on')", "on", LATE),
    "picture that is none": (
        "import base64\ndisplay({'image/png': base64.b64encode(b'hello').decode()}, raw=True); print('on')", "on", ""),
    "picture that is no base64": ("display({'image/png': 'x'}, raw=True); print('on')", "on", ""),
    "picture that is a number": ("display({'image/png': 5}, raw=True); print('on')", "on", ""),
    "text that is a number": ("display({'text/plain': 5}, raw=True); print('on')", "on", ""),
    "5,000 lines one by one": (
        "for n in range(5000): print(n, flush=True)\nprint('on')", "(?s)^0\n1\n.*4998\n4999\non\n", LATE),
    "half a character": ("print('\\ud800'); print('on')", "on|surrogates", ""),
    "news of another kind": (
        "k = get_ipython().kernel\n"
        "k.session.send(k.iopub_socket, 'stream', {}, k.get_parent())\nprint('on')", "", LATE),
    "news signed by another": ("get_ipython().kernel.session.key = b'x'\nprint('on')", "", ""),
    "news that it is done": (
        "k = get_ipython().kernel\n"
        "k.session.send(k.iopub_socket, 'status', {'execution_state': 'idle'}, k.get_parent())\nprint('on')", "", LATE),
    # --- what is collected ---
    "modules of its own": ("for name in ('zmq', 'random', 'json', 'ast', 'decimal'): "
                           "open(f'{name}.py', 'w').write('raise SystemExit')\nos._exit(0)", ENDED, ""),
}  # fmt: skip


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key in this process's environment, and so in what it starts unless somebody takes care."""
    monkeypatch.setenv("MODEL_API_KEY", SECRET)


@pytest.fixture
def run(tools: Callable[..., PythonTool]) -> Run:
    """A function that runs code in a session."""
    return runner(tools())


@pytest.mark.parametrize("name", SNIPPETS)
def test_harm_is_held_off_and_the_session_goes_on(
    tools: Callable[..., PythonTool], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    code, wanted, unwanted = SNIPPETS[name]
    monkeypatch.setattr(kernel, "GRACE", 1)  # less to wait for
    if "memory" in name:
        monkeypatch.setattr(watch, "MOST_MEMORY", 2**30)  # less to fill
    run = runner(tools(seconds=1.5) if LATE in wanted else tools())
    hidden = f"\0sandbox-test-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(hidden)
        abstract.listen()
        code = code.replace("PORT", str(server.getsockname()[1])).replace("NAME", hidden[1:])
        if "other" in unwanted:
            run("open('other', 'w')", session="other")
        called = run(TRYING + code)
    assert re.search(wanted, called.logs), called.logs[-2000:]
    assert not unwanted or not re.search(unwanted, called.logs), called.logs[-2000:]
    assert called.pictures <= 10 and called.bytes <= MOST_DISK
    assert run("print('alive', 6 * 7)").logs == "alive 42\n"


# What lies in the folder afterwards, and what of it is handed out.
LEFT = {
    "links": ("os.symlink('/etc/passwd', 'a'); os.symlink('/', 'b'); os.symlink('/mnt/data/c', 'c')", {}),
    "link to a file of ours": ("open('a', 'w').write('x'); os.symlink('a', 'b')", {"a": b"x"}),
    "link in place of a folder": ("os.mkdir('d'); os.symlink('/usr/bin/env', 'd/e')", {}),
    "hard link to the system": ("attempt(lambda: os.link('/usr/bin/env', 'env'))", {}),
    "pipes and sockets": ("os.mkfifo('p'); socket.socket(socket.AF_UNIX).bind('s')", {}),
    "a file that becomes a link": (
        "open('a', 'w').write('x'); os.symlink('/etc/passwd', 'b'); os.rename('b', 'a')", {}),
    "odd names": (
        "for name in (b'new\\nline', b'\\xff\\xfe', b'\\x1b[31m', b'n' * 255, b' ', '한글'.encode()):\n"
        "    open(name, 'wb').write(b'x')\n"
        "attempt(lambda: open('m' * 256, 'w'))", {"n" * 255: b"x", " ": b"x", "한글": b"x"}),
    "outside": ("attempt(lambda: open('../out', 'w'))", {}),
    "full of holes": ("for n in range(8): open(str(n), 'w').truncate(250 * MB)", None),
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT)
def test_only_plain_files_of_the_folder_are_handed_out(run: Run, name: str) -> None:
    code, files = LEFT[name]
    called = run(TRYING + code)
    assert files is None or called.files == files
    assert called.bytes <= MOST_DISK
    again = run("print('alive')")
    assert (again.logs, again.files) == ("alive\n", {})


# A process of the code's own changes a name to and fro while the tool looks at it.
SWAPPING = """
import os, subprocess, sys
subprocess.Popen([sys.executable, '-c', '''
import contextlib, os
while True:
    for swap in (lambda: open("in.txt~", "w").write("mine"), lambda: os.rename("in.txt~", "in.txt"),
                 lambda: os.symlink(%r, "in.txt~"), lambda: os.rename("in.txt~", "in.txt"),
                 lambda: os.unlink("in.txt")):
        with contextlib.suppress(OSError):
            swap()
'''])
"""


def test_no_link_is_followed_while_files_come_and_go(run: Run, tmp_path: Path) -> None:
    given, outside = tmp_path / "given", tmp_path / "outside"
    given.write_text("given")
    outside.write_text("untouched")
    os.chmod(tmp_path, 0o755)
    owner = outside.stat().st_uid
    run(SWAPPING % str(outside))
    for _ in range(100):
        with contextlib.suppress(OSError):  # the swap came between two looks: nothing was given, nothing was taken
            assert b"untouched" not in run("pass", in_txt=given).files.values()
        assert (outside.read_text(), outside.stat().st_uid) == ("untouched", owner)


def test_a_given_file_that_is_written_over_is_a_new_file(run: Run, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.write_text("as it was")
    called = run("open('in.txt', 'a').write(', and more')", in_txt=given)
    assert called.files == {"in.txt": b"as it was, and more"}
    assert given.read_text() == "as it was"
    assert run("print(open('in.txt').read())", in_txt=given).logs == "as it was, and more\n"


def test_a_huge_picture_is_not_taken_into_our_own_memory(run: Run) -> None:
    run("1")
    before = psutil.Process().memory_info().rss
    run("import base64\nbig = base64.b64encode(bytes(210 * 2**20)).decode()\n"
        "display({'image/png': big}, raw=True)")  # fmt: skip
    assert psutil.Process().memory_info().rss - before < 100 * 2**20
