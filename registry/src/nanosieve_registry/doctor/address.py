"""The address of a registry: its kind, and a database on this machine."""

from __future__ import annotations

from nanosieve.errors import NanosieveError, UsageError
from nanosieve_registry.doctor.environment import POSTGRESQL
from nanosieve_registry.doctor.finding import Finding, good, refused, wrong
from nanosieve_registry.mlflow_store import check_kind, database_of, import_mlflow
from nanosieve_registry.store_checks import check_database
from nanosieve_registry.store_mark import was_opened


def check_address(uri: str) -> Finding:
    """Whether models can be kept at an address of this kind.

    Parameters
    ----------
    uri : as `store_uri` has it
    """
    check = "address"
    if database_of(uri) is not None:
        return good(check, f"{uri}, a database on this machine")
    if uri.startswith(POSTGRESQL):
        return wrong(
            check,
            f"{_without_password(uri)!r} is the database of a server, which nanosieve does not open itself",
            f"start `mlflow server --backend-store-uri {_without_password(uri)}` and name that: "
            "--registry http://server:5000",
        )
    try:
        check_kind(uri)
    except UsageError as error:
        return refused(check, error, "correct --registry or MLFLOW_TRACKING_URI")
    return good(check, f"{uri}, a server")


def check_store(uri: str) -> Finding | None:
    """Whether the installed MLflow can open a database as it is, without opening it; None for a server."""
    check = "database"
    database = database_of(uri)
    if database is None:
        return None
    if not database.exists():
        return good(check, f"{str(database)!r} is not there yet; the first use makes it")
    if was_opened(database):
        return good(check, f"{str(database)!r} is of the installed MLflow")
    import_mlflow()
    try:
        check_database(database)
    except NanosieveError as error:
        return refused(check, error, "name another database with --registry")
    return good(check, f"{str(database)!r} is of the installed MLflow")


def _without_password(uri: str) -> str:
    before, at, after = uri.rpartition("@")
    scheme, slashes, user = before.partition("://")
    return f"{scheme}{slashes}{user.partition(':')[0]}{at}{after}" if at else uri
