"""nanosieve models migrate: a store of an older MLflow, or one that was moved."""

from __future__ import annotations

import typer

from nanosieve_registry.cli.options import RegistryUri


def migrate(registry: RegistryUri = None) -> None:
    """Bring the database of a registry up to date, or correct it after it was moved; a backup is kept.

    **Example**

        nanosieve models migrate --registry sqlite:////srv/models/mlflow.db
    """
    from nanosieve_registry.migrating import migrate as bring_up_to_date

    bring_up_to_date(registry, typer.echo)
