"""What every table and summary of nanosieve keeps to, and the check of those that others wrote."""
