"""The loop of model and tools that runs and responses share, and the drivers that take it forward.

It knows in which order things happen: ask the model, use the API's own tools, ask again. It knows neither runs nor
responses, whose machines and turns are its subclasses, and no tool, which it meets as a `Tool`.
"""
