"""Classifiers of nanosieve."""
