"""Who may ask: those who know the token."""

from __future__ import annotations

import hmac

from fastapi import HTTPException, Request

BEARER = "bearer "


class Access:
    """Lets requests with the token pass.

    Parameters
    ----------
    token : None lets everybody pass
    """

    def __init__(self, token: str | None) -> None:
        self._token = None if token is None else token.encode()

    async def __call__(self, request: Request) -> None:
        """Refuse a request without the token."""
        if not self.knows(request):
            raise HTTPException(
                401,
                "the token is missing or wrong; send the header 'Authorization: Bearer TOKEN'",
                {"WWW-Authenticate": "Bearer"},
            )

    def knows(self, request: Request) -> bool:
        """Whether a request carries the token."""
        if self._token is None:
            return True
        said = request.headers.get("Authorization", "")
        given = said[len(BEARER) :] if said.lower().startswith(BEARER) else ""
        # takes the same time whichever letter is wrong
        return hmac.compare_digest(given.strip().encode(), self._token)
