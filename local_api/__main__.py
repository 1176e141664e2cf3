"""`python -m local_api serve`: the API over HTTP."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit

from . import create_app, lasting_home
from .home import blobs_of
from .http.server import serve
from .model.live import LiveModel
from .model.recorded import RecordedModel
from .model.recording import load_recording, load_recordings
from .settings import (
    MODES,
    Endpoint,
    chosen_endpoint,
    chosen_mode,
    database_file,
    is_loopback,
    recordings_folder,
    server_key,
)


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and serve."""
    # As Ctrl-C does: an exit that runs every clean-up, of the sessions of code and their folders above all.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        options = parser().parse_args(arguments)
        key = None if is_loopback(options.host) else server_key()
        if key is None and not is_loopback(options.host):
            sys.exit(f"--host {options.host} can be reached by others: set LOCAL_API_KEY to a key that they must send.")
        model = chosen_model(options)
        app = create_app(lasting_home(options.db, model))
        serve(app, options.host, options.port, key, f"local_api: {source_of(model)}")
    except (ValueError, OSError) as error:
        sys.exit(f"local_api: {error}")
    except KeyboardInterrupt:
        pass


def chosen_model(options: argparse.Namespace) -> LiveModel | RecordedModel:
    """Who answers: the endpoint of live mode, or the recordings that the options name."""
    if chosen_mode(options.mode) == "live":
        if options.lesson or options.recording:
            raise ValueError("--lesson and --recording go with --mode recorded.")
        return LiveModel(other_than_itself(chosen_endpoint(), options), blobs_of(options.db))
    if options.recording:
        return RecordedModel([load_recording(options.recording)])
    return RecordedModel(load_recordings(recordings_folder(), options.lesson))


def source_of(model: LiveModel | RecordedModel) -> str:
    """The mode and what answers in it, in a line for people."""
    if isinstance(model, LiveModel):
        endpoint = model.endpoint
        key = "with a key" if endpoint.api_key else "without a key"
        return f"live mode: {endpoint.model or 'the model that each request names'} at {endpoint.base_url}, {key}"
    names = ", ".join(recording.name for recording in model.recordings)
    advice = "A run whose question isn't recorded ends as failed; to ask a model, use --mode live."
    return f"recorded mode: replies from the recordings {names}. {advice}"


def other_than_itself(endpoint: Endpoint, options: argparse.Namespace) -> Endpoint:
    """The endpoint, unless it is this server, which would ask itself forever.

    Raises:
        ValueError: it is.
    """
    upstream = urlsplit(endpoint.base_url)
    if upstream.port == options.port and (is_loopback(upstream.hostname or "") or upstream.hostname == options.host):
        raise ValueError(f"MODEL_BASE_URL {endpoint.base_url} is this server itself; name the model's server.")
    return endpoint


def port_number(text: str) -> int:
    """The number of a port.

    Raises:
        ArgumentTypeError: it isn't one.
    """
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} isn't a port: give a number from 0 to 65535")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    main_parser = argparse.ArgumentParser(prog="python -m local_api", description="The Assistants API, here.")
    commands = main_parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("serve", help="serve the API over HTTP")
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    command.add_argument("--port", type=port_number, default=8000, help="port to listen on; 0 for any free one")
    command.add_argument("--db", type=Path, default=database_file(), metavar="FILE", help="where objects are kept")
    command.add_argument("--mode", choices=MODES, help="who answers (default: COURSE_MODE, else recorded)")
    replies = command.add_mutually_exclusive_group()
    replies.add_argument("--lesson", metavar="NAME", help="replay this lesson only (default: all)")
    replies.add_argument("--recording", type=Path, metavar="FILE", help="replay this file")
    return main_parser


if __name__ == "__main__":
    main()
