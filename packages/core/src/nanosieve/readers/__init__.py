"""Readers of core: files to pixels and all that they say about scale."""
