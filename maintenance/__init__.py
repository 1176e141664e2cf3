"""For maintainers: lessons as data, and the commands that record, measure and try them."""
