"""``python -m nanosieve``."""

from nanosieve.cli import main

main()
