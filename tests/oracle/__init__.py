"""The engine against a slow, plain reading of the specification."""
