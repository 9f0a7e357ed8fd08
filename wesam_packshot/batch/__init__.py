"""A folder of photos through a model, in order, resumable."""
