"""What clients may send: one module per resource with its pydantic models and their limits.

It knows the shape of requests, and the old service's words for what is wrong with one. It knows no object: whether an
id in a request exists is for the packages of the domain to say.
"""
