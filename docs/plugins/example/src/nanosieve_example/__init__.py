"""One of each kind of nanosieve plugin."""
