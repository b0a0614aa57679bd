"""The place of the model registry of nanosieve."""
