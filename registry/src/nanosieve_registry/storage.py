"""The store of files behind a server, where clients reach it themselves: whether it answers."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from nanosieve_registry.errors import UnreachableError
from nanosieve_registry.server_errors import PATIENCE

ENDPOINT_VARIABLE = "MLFLOW_S3_ENDPOINT_URL"
AMAZON = "https://s3.amazonaws.com"


def check_storage(place: str) -> None:
    """Ask an S3 store for a sign of life before files are read or written there, which would hang for minutes.

    Parameters
    ----------
    place : URI of the files; those of ``mlflow-artifacts:`` come through the server

    Raises
    ------
    UnreachableError
        If nobody answers.
    """
    if urlsplit(place).scheme != "s3":
        return
    import requests

    endpoint = os.environ.get(ENDPOINT_VARIABLE) or AMAZON
    try:
        requests.get(endpoint, timeout=PATIENCE)
    except requests.RequestException as error:
        raise UnreachableError(
            f"the files are in {place}, not behind the server, and the S3 store {endpoint} cannot be reached from "
            f"here: {type(error).__name__}; correct {ENDPOINT_VARIABLE}, or let whoever runs the server start it with "
            "--artifacts-destination in place of --default-artifact-root, so that files come through it"
        ) from error
