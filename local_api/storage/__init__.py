"""Where things are kept, named and timed: SQLite, bytes, ids, clocks, leases. It knows no object's meaning."""
