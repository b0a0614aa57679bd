"""``nanosieve models``: one file for each group of commands."""
