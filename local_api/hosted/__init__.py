"""The tools that this API runs itself when a model asks: Python and file search."""
