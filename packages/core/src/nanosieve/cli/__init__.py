"""The command line: parse, call one library function, print."""

import sys


def main() -> None:
    """Run the command line; errors of nanosieve are one line, and wrong usage is exit code 2."""
    from nanosieve.cli.app import app
    from nanosieve.errors import NanosieveError, UsageError

    try:
        app()
    except NanosieveError as error:
        print(f"nanosieve: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2 if isinstance(error, UsageError) else 1)
