"""Responses, conversations and their items: what the API does with them, and what they look like."""
