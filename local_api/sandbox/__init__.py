"""What this API does itself when a model asks for it: arguments in, outputs out. Nothing here knows what a run is."""


class ToolUnavailable(Exception):
    """A tool can't work on this machine; the text says why, and what would have to be done."""
