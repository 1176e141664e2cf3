"""Assistants, threads, messages and runs: what the API does with them, and what they look like."""
