"""Responses, conversations and their items: what the API does with them, and what they look like.

It knows what a response goes on from, what its items look like to clients and to the model, and in which container
its code runs. It knows no run, and no hosted tool: what their calls look like is for `local_api.hosted` to say.
"""
