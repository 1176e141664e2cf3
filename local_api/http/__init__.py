"""The API over HTTP: its paths, a server, and the way in for a client in the same process."""
