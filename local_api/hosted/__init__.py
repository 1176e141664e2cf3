"""The tools that this API runs itself when a model asks: Python and file search.

Each knows how the model sees it, how to run, and what its calls look like in a run's steps and in a response's items.
They know neither runs nor responses; what they need of them is in their `Context`.
"""
