"""Segmenters that run on another machine."""
