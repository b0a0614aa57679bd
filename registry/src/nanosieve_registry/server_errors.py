"""Whether a registry answers, and its errors in words that say what to do."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from nanosieve_registry.errors import NotThereError, RegistryError, UnreachableError

# Seconds to a connection, and to an answer; together below the 15 s after which a person gives up.
PATIENCE = (4.0, 8.0)
NOT_THERE = {"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"}
# What MLflow writes of an answer that it did not expect, and requests, where MLflow hands its error on.
FORBIDDEN = ("error code 403", "403 Client Error")
UNKNOWN_USER = ("error code 401", "401 Client Error")
FILES = "mlflow-artifacts"
# MLflow's own.
CERTIFICATE_VARIABLE, INSECURE_VARIABLE = "MLFLOW_TRACKING_SERVER_CERT_PATH", "MLFLOW_TRACKING_INSECURE_TLS"


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
        requests.get(f"{uri}/health", timeout=PATIENCE, verify=_verify())
    except requests.exceptions.SSLError as error:
        raise UnreachableError(
            f"the registry {uri} cannot be reached: its certificate is not trusted here ({_reason(error)}); "
            f"{CERTIFICATE_VARIABLE} names the file of the laboratory's own certificate"
        ) from error
    except (requests.ConnectionError, requests.Timeout) as error:
        reason = "it does not answer" if isinstance(error, requests.Timeout) else _reason(error)
        raise UnreachableError(
            f"the registry {uri} cannot be reached: {reason}; start it, correct --registry or MLFLOW_TRACKING_URI, or "
            "unset both for your own"
        ) from error
    except requests.RequestException as error:  # an address that is none
        raise UnreachableError(f"{uri!r} is no address of a registry: {error}") from error


@contextmanager
def explained(uri: str, doing: str, needs: str) -> Iterator[None]:
    """Turn errors of MLflow into ours.

    Parameters
    ----------
    doing : for the message: "look up 'spheres@champion'"
    needs : what a server with accounts must allow for it, see `nanosieve_registry.permissions`
    """
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        check_alive(uri)
        text = " ".join(str(error).split())
        if error.error_code in NOT_THERE:
            raise NotThereError(f"{uri} cannot {doing}: {text}") from error
        raise RegistryError(f"{uri} cannot {doing}: {text}{remedy(error, needs)}") from error


def remedy(error: Exception, needs: str) -> str:
    """What to do about an answer of a server that is there, as the end of a message; "" where that is not known."""
    if is_forbidden(error):
        return f"; it takes {needs}: ask whoever runs the server, who gives it with `nanosieve models grant`"
    if _says(error, UNKNOWN_USER):
        return "; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD to those that whoever runs it gave you"
    if FILES in str(error):
        return (
            "; the server answers, but not for its files: the store behind it (S3 or a folder, "
            "--artifacts-destination) is out of its reach, full or not writable; whoever runs it finds the reason in "
            "its log"
        )
    return ""


def is_forbidden(error: Exception) -> bool:
    """Whether a server knows the user and does not allow what was asked."""
    return getattr(error, "error_code", "") == "PERMISSION_DENIED" or _says(error, FORBIDDEN)


def _says(error: Exception, words: Iterable[str]) -> bool:
    return any(each in str(error) for each in words)


def _verify() -> bool | str:
    """How certificates are checked: as MLflow does for what is asked afterwards."""
    insecure = os.environ.get(INSECURE_VARIABLE, "").lower() in ("true", "1")
    return os.environ.get(CERTIFICATE_VARIABLE) or not insecure


def _reason(error: Exception) -> str:
    """The innermost sentence: requests and urllib3 wrap it several times."""
    text = " ".join(str(error).split())
    return text.rsplit(": ", 1)[-1].rstrip(")'\"") or type(error).__name__
