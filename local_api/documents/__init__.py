"""Files and vector stores: upload, indexing, search and expiry.

It knows which objects there are, when they expire, and what a search over them returns. It knows neither runs and
responses, which only pass on the ids of the files and vector stores that their tools use, nor how passages are found:
that is `local_api.retrieval`.
"""
