"""Models behind an address: pictures in, tables and label images out."""
