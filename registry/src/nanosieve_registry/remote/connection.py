"""Requests to a server of models: every way to fail is one line that names the address."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

from nanosieve.errors import ModelError

TOKEN_VARIABLE = "NANOSIEVE_TOKEN"
CONNECT_S = 5.0
# What every server answers at once.
PROMPT_S = 10.0
# A machine that vanishes while it works on a picture is missed after 4 + 3 * 3 seconds.
IDLE_S, INTERVAL_S, PROBES = 4, 3, 3
OK, UNAUTHORIZED, FULL = 200, 401, 503
LONGEST_WAIT_S = 30.0


class Connection:
    """A server, and the token for it.

    Parameters
    ----------
    url : ``http://host:port`` or ``https://host:port``
    token : None where the server needs none
    """

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.auth = Bearer(token)
        # between two pictures the server may have closed it, and a picture is not sent twice
        self._session.headers["Connection"] = "close"
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, WatchedAdapter())

    def get(self, path: str) -> requests.Response:
        """What the server says at once."""
        return self._good(self._send("GET", path, PROMPT_S))

    def post(self, path: str, data: bytes, headers: Mapping[str, str], timeout_s: float) -> requests.Response:
        """What the server makes of the data; a full queue is waited for, as long as the time allows."""
        end = time.monotonic() + timeout_s
        while True:
            left = end - time.monotonic()
            response = self._send("POST", path, max(left, 1.0), data=data, headers=headers)
            pause = min(_seconds(response.headers.get("Retry-After")), LONGEST_WAIT_S)
            if response.status_code != FULL or time.monotonic() + pause >= end:
                return self._good(response)
            time.sleep(pause)

    def _send(self, method: str, path: str, timeout_s: float, **more: Any) -> requests.Response:
        try:
            return self._session.request(
                method, self.url + path, timeout=(CONNECT_S, timeout_s), allow_redirects=False, **more
            )
        except requests.Timeout as error:
            raise ModelError(
                f"{self.url} does not answer in time; is it the address of a running `nanosieve models serve`?"
            ) from error
        except requests.exceptions.SSLError as error:
            raise ModelError(
                f"{self.url}: its certificate is not trusted; REQUESTS_CA_BUNDLE names the file of the laboratory's "
                f"own authority ({error})"
            ) from error
        except requests.RequestException as error:
            raise ModelError(
                f"{self.url} cannot be reached: {_reason(error)}; is `nanosieve models serve` running there?"
            ) from error

    def _good(self, response: requests.Response) -> requests.Response:
        if response.status_code == OK:
            return response
        if response.status_code == UNAUTHORIZED:
            raise ModelError(f"{self.url} refuses the token; {TOKEN_VARIABLE} must hold that of the server")
        raise ModelError(f"{self.url} answers {response.status_code}: {_detail(response)}")


class Bearer(requests.auth.AuthBase):
    """Send the token, and nothing else that the machine may know of the host."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class WatchedAdapter(HTTPAdapter):
    """Connections on which the system looks whether the other machine is still there."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Set the options of the sockets."""
        watched = [*HTTPConnection.default_socket_options, (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
        idle = "TCP_KEEPALIVE" if sys.platform == "darwin" else "TCP_KEEPIDLE"
        for name, value in ((idle, IDLE_S), ("TCP_KEEPINTVL", INTERVAL_S), ("TCP_KEEPCNT", PROBES)):
            if hasattr(socket, name):
                watched.append((socket.IPPROTO_TCP, getattr(socket, name), value))
        super().init_poolmanager(*arguments, socket_options=watched, **options)


def token_of_user() -> str | None:
    """The token that the user has set; None where there is none."""
    return os.environ.get(TOKEN_VARIABLE, "").strip() or None


def _seconds(text: str | None) -> float:
    try:
        return max(float(text or 1), 1.0)
    except ValueError:
        return 1.0


def _detail(response: requests.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return response.reason or "nothing more"


def _reason(error: requests.RequestException) -> str:
    """The innermost cause: what the system said."""
    inner: BaseException = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__  # type: ignore[assignment]
    return " ".join(str(inner).split()) or type(inner).__name__
