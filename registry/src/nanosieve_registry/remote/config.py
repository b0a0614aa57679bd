"""The options of the segmenter `remote`."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, field_validator

from nanosieve import Config


class RemoteConfig(Config):
    """Options of `remote`."""

    url: str = Field("", description="Address of a `nanosieve models serve`, such as http://lab-server:8700.")
    timeout_s: float = Field(
        900, gt=0, description="Longest time for one picture in seconds, waiting in the queue included."
    )

    @field_validator("url")
    @classmethod
    def _plain(cls, url: str) -> str:
        """The settings are kept with the results, where nothing secret belongs."""
        parts = urlsplit(url)
        if parts.username or parts.password:
            raise ValueError("must hold no user name or password; NANOSIEVE_TOKEN takes the token")
        if url and (not parts.hostname or parts.query or parts.fragment):
            raise ValueError("must be an address such as http://lab-server:8700")
        return url.rstrip("/")
