"""Measures of nanosieve."""
