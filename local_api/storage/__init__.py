"""Where things are kept, named and timed: objects in SQLite, bytes of files, ids, clocks, leases.

It knows that an object has an id, a kind, a parent and a time. It doesn't know what any object means, nor that there
is HTTP.
"""
