"""Whether a registry answers, and its errors in words that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nanosieve_registry.errors import NotThereError, RegistryError, UnreachableError

if TYPE_CHECKING:
    from mlflow.exceptions import MlflowException

# Seconds to a connection, and to an answer; together below the 15 s after which a person gives up.
PATIENCE = (4.0, 8.0)
NOT_THERE = {"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"}
FORBIDDEN = {"PERMISSION_DENIED", "UNAUTHENTICATED", "CUSTOMER_UNAUTHORIZED"}


def check_alive(uri: str) -> None:
    """Ask a server for a sign of life; whatever it answers is one.

    Raises
    ------
    UnreachableError
        If nobody answers at its address.
    """
    if urlsplit(uri).scheme not in ("http", "https"):
        return
    import requests

    try:
        requests.get(f"{uri}/health", timeout=PATIENCE)
    except (requests.ConnectionError, requests.Timeout) as error:
        reason = "it does not answer" if isinstance(error, requests.Timeout) else _reason(error)
        raise UnreachableError(
            f"the registry {uri} cannot be reached: {reason}; start it, correct --registry or MLFLOW_TRACKING_URI, or "
            "unset both for your own"
        ) from error
    except requests.RequestException as error:  # an address that is none
        raise UnreachableError(f"{uri!r} is no address of a registry: {error}") from error


@contextmanager
def explained(uri: str, doing: str) -> Iterator[None]:
    """Turn errors of MLflow into ours.

    Parameters
    ----------
    doing : for the message: "look up 'spheres@champion'"
    """
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        check_alive(uri)
        text = " ".join(str(error).split())
        if error.error_code in NOT_THERE:
            raise NotThereError(f"{uri} cannot {doing}: {text}") from error
        raise RegistryError(f"{uri} cannot {doing}: {text}{_remedy(error)}") from error


def _remedy(error: MlflowException) -> str:
    if error.error_code in FORBIDDEN or " 401" in str(error) or " 403" in str(error):
        return (
            "; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, and ask who runs it for the right to read "
            "the model and its experiment, or to edit them where you publish or promote"
        )
    return ""


def _reason(error: Exception) -> str:
    """The innermost sentence: requests and urllib3 wrap it several times."""
    text = " ".join(str(error).split())
    return text.rsplit(": ", 1)[-1].rstrip(")'\"") or type(error).__name__
