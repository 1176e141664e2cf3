"""What clients may send: one file a resource, with the limits in it."""
