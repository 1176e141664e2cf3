"""The loop of model and tools on which runs and responses are worked, and who takes them forward. It knows neither."""
