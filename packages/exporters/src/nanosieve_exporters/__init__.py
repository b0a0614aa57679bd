"""Results of nanosieve in the formats of other programs."""
