"""Segmenters of nanosieve."""
