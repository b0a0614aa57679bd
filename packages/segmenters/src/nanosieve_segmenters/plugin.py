"""The list of segmenters that this package offers."""
