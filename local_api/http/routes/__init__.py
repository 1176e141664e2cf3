"""The API's paths, one module for each resource.

A route parses the request, calls one verb of a service and answers with what it returns. It doesn't know the database,
the model or how runs are driven, and `lint-imports` keeps it from importing them.
"""
