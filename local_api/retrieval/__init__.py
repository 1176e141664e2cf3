"""Read documents, split them into passages, and search the passages.

It knows file formats, languages and ranking. It knows no file object and no vector store beyond an id, and nothing
of HTTP: `local_api.documents` decides what is indexed, and when.
"""
