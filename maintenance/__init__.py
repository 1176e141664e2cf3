"""For maintainers: lessons as data, and the recorder."""
