"""How a server is reached, and what it takes on."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path

from nanosieve.errors import UsageError
from nanosieve_registry.serving.pictures import MOST_PIXELS

PORT = 8700
MB = 1_000_000
# 16 letters of base64 are 96 random bits.
SHORTEST_TOKEN = 16


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """Where a server listens, whom it answers and how much it takes.

    Attributes
    ----------
    host, port : the address; port 0 takes a free one
    token : what every request must carry; None for none, which only this machine may use
    waiting : requests that may wait while one is at work
    max_mb : largest request in MB (10^6 bytes)
    most_pixels : largest picture
    upload_s : longest time in which a request must have arrived
    poll_s : how often aliases are looked up
    certificate, key : files for https
    openapi : whether ``/openapi.json`` describes the server

    Raises
    ------
    UsageError
        If another machine could use it without a token, the token is short, or half of https is missing.
    """

    host: str = "127.0.0.1"
    port: int = PORT
    token: str | None = None
    waiting: int = 8
    max_mb: float = 200
    most_pixels: int = MOST_PIXELS
    upload_s: float = 60
    poll_s: float = 10
    certificate: Path | None = None
    key: Path | None = None
    openapi: bool = False

    def __post_init__(self) -> None:
        if self.token is None and not self.is_local:
            raise UsageError(
                f"--host {self.host} lets other machines in; give a token with --token-file or NANOSIEVE_TOKEN. "
                'This makes one: python -c "import secrets; print(secrets.token_urlsafe())"'
            )
        if self.token is not None and (len(self.token) < SHORTEST_TOKEN or not self.token.isascii()):
            raise UsageError(f"the token must have at least {SHORTEST_TOKEN} characters of ASCII")
        if (self.certificate is None) != (self.key is None):
            raise UsageError("https needs both --certificate and --key")

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def max_bytes(self) -> int:
        """Largest request in bytes."""
        return int(self.max_mb * MB)

    def bind(self) -> socket.socket:
        """The socket of the address, which does not listen yet.

        Raises
        ------
        UsageError
            If the address is in use or not one of this machine.
        """
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        bound = socket.socket(family)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((self.host, self.port))
        except OSError as error:
            bound.close()
            raise UsageError(
                f"cannot listen at {self.host}, port {self.port}: {error.strerror}; give another --host or --port"
            ) from error
        return bound

    def url(self, port: int) -> str:
        """The address for people, with the port that was bound."""
        scheme = "http" if self.certificate is None else "https"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{port}"


def read_token(file: Path | None, variable: str | None) -> str | None:
    """The token of a file, or else that of the environment; None where there is neither.

    Raises
    ------
    UsageError
        If the file cannot be read.
    """
    if file is None:
        return (variable or "").strip() or None
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the token file {str(file)!r} cannot be read: {error}") from error
