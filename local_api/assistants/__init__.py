"""Assistants, threads, messages and runs: what the API does with them, and what they look like.

Routes call the services (`assistants`, `threads`, `runs`); `run_machine`, `run_turn` and `prompt` are what runs add to
the loop of `engine`. It doesn't know HTTP, which tools are hosted, or whether the replies are recorded.
"""
