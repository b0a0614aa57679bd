"""A server: whether it answers, knows its own name, lets this user in, and hands out files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from nanosieve.errors import one_line
from nanosieve_registry.doctor.finding import Finding, good, hint, refused, wrong
from nanosieve_registry.errors import UnreachableError
from nanosieve_registry.mlflow_store import import_mlflow
from nanosieve_registry.server_errors import PATIENCE, check_alive

if TYPE_CHECKING:
    import requests

API = "/api/2.0"
SEARCH = f"{API}/mlflow/model-versions/search"
LOGGED = f"{API}/mlflow/logged-models"
FILES = f"{API}/mlflow-artifacts/artifacts"
PROXIED = "mlflow-artifacts:"
# What MLflow 3.17 answers to a request whose Host it does not know.
REBINDING = "DNS rebinding"
CREDENTIALS = (
    "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD to those that whoever runs it gave you"
)


@dataclass(frozen=True)
class Server:
    """A server, asked as MLflow asks it: with its credentials and certificates."""

    uri: str

    def get(self, path: str, /, **query: str) -> requests.Response:
        """Its answer, whatever the status."""
        import_mlflow()
        from mlflow.utils.credentials import get_default_host_creds
        from mlflow.utils.rest_utils import http_request

        answer: requests.Response = http_request(
            get_default_host_creds(self.uri),
            path,
            "GET",
            max_retries=0,
            timeout=PATIENCE,
            raise_on_status=False,
            params=query,
        )
        return answer


def check_server(uri: str) -> Iterator[Finding]:
    """One finding after the other, as long as the next one can be asked for.

    Parameters
    ----------
    uri : ``http://...`` or ``https://...``
    """
    try:
        check_alive(uri)
    except UnreachableError as error:
        yield refused("server", error, "start it, or correct the address")
        return
    yield good("server", f"{uri} answers")
    from mlflow.exceptions import MlflowException

    server = Server(uri)
    try:
        answer = server.get(SEARCH, max_results="1000")
        entry = check_entry(uri, answer)
        yield entry
        if entry.state != "wrong":
            yield check_files(server, answer.json().get("model_versions", []))
    except MlflowException as error:
        yield wrong("server", f"{uri}: {one_line(error)}", "ask whoever runs it, and look into its log")


def check_entry(uri: str, answer: requests.Response) -> Finding:
    """Whether the server takes requests under this name and of this user."""
    if answer.status_code == 403 and REBINDING in answer.text:
        host = urlsplit(uri).hostname or ""
        return wrong(
            "host name",
            f"{uri} refuses requests for {urlsplit(uri).netloc!r} (403, possible DNS rebinding): it was not told that "
            "this is its name",
            f'whoever runs it starts it with --allowed-hosts "{host},{host}:*"',
        )
    if answer.status_code in (401, 403):
        return wrong("login", f"{uri} does not let you in ({answer.status_code})", CREDENTIALS)
    if answer.status_code != 200 or not _is_json(answer):
        return wrong(
            "login",
            f"{uri} answers {answer.status_code} where models are listed; it may be no MLflow server",
            "correct the address",
        )
    return good("login", f"{uri} lets you in")


def check_files(server: Server, versions: list[dict[str, Any]]) -> Finding:
    """Whether the files of the newest version of each model may be read: that is a right of its experiment.

    Parameters
    ----------
    versions : as the server lists them, with ``name``, ``version`` and ``source``
    """
    check = "right to read"
    newest: dict[str, dict[str, Any]] = {}
    for each in versions:
        if each["name"] not in newest or int(each["version"]) > int(newest[each["name"]]["version"]):
            newest[each["name"]] = each
    forbidden, direct = [], []
    for name, version in newest.items():
        allowed, place = _may_read(server, version.get("source", ""))
        if not allowed:
            forbidden.append(name)
        elif place and not place.startswith(PROXIED):
            direct.append(name)
    if forbidden:
        return wrong(
            check,
            f"you see {', '.join(forbidden)}, but may not read the files (403): READ on a model alone is not enough",
            "ask whoever runs it for READ on the experiment of each as well: "
            + ", ".join(f"nanosieve-models/{name}" for name in forbidden),
        )
    if direct:
        return hint(
            check,
            f"the files of {', '.join(direct)} do not come through the server; a store that is out of reach "
            "makes downloads hang",
            "start it with --artifacts-destination in place of --default-artifact-root",
        )
    return good(check, f"models that you see: {len(newest)}; the files of all may be read")


def _may_read(server: Server, source: str) -> tuple[bool, str]:
    """Whether the files of a version may be read, and where they are as far as that is known."""
    if not source.startswith("models:/m-"):
        return True, ""
    answer = server.get(f"{LOGGED}/{source.removeprefix('models:/')}")
    if answer.status_code == 403:
        return False, ""
    if answer.status_code != 200 or not _is_json(answer):
        return True, ""
    place = str(answer.json().get("model", {}).get("info", {}).get("artifact_uri", ""))
    if not place.startswith(PROXIED):
        return True, place
    path = urlsplit(place).path.lstrip("/")
    return server.get(FILES, path=path).status_code != 403, place


def _is_json(answer: requests.Response) -> bool:
    return "json" in answer.headers.get("Content-Type", "")
