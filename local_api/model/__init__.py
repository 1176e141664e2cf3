"""What answers a request: a recording, or a live endpoint.

It knows the items and events of the Responses API, which both kinds of model speak, and what is recorded for a
lesson. It knows no run, no thread and no stored response.
"""
