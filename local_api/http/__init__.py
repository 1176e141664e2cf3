"""The API over HTTP: its paths, a server, and the transport for a client in the same process.

It knows requests, answers and status codes, and it is the only package that imports Flask. It doesn't know how objects
are stored or what a run does: that is in the services of `home`.
"""
