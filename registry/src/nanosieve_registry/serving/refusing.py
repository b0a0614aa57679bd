"""Errors as answers: a status and one line with the reason."""

from __future__ import annotations

import difflib
import logging

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from nanosieve.errors import NanosieveError, ReadError, ScaleError, UsageError, one_line
from nanosieve_registry.serving.asking import PictureQuery
from nanosieve_registry.serving.queueing import GoneError, RefusedError

CLOSED = 499  # the client has gone: nobody reads it, but it is counted

logger = logging.getLogger(__name__)


def add_refusals(app: FastAPI) -> None:
    """Let an application answer every error of nanosieve."""

    @app.exception_handler(RequestValidationError)
    async def wrong_parameter(request: Request, error: RequestValidationError) -> JSONResponse:
        return _refusal(422, _parameter_text(error))

    @app.exception_handler(RefusedError)
    async def full(request: Request, error: RefusedError) -> JSONResponse:
        return _refusal(503, one_line(error), {"Retry-After": str(error.retry_s)})

    @app.exception_handler(GoneError)
    async def gone(request: Request, error: GoneError) -> Response:
        return Response(status_code=CLOSED)

    @app.exception_handler(NanosieveError)
    async def failed(request: Request, error: NanosieveError) -> JSONResponse:
        if isinstance(error, (ReadError, ScaleError, UsageError)):
            return _refusal(422, one_line(error))
        logger.error("%s", one_line(error))
        return _refusal(500, one_line(error))

    @app.exception_handler(MemoryError)
    async def no_memory(request: Request, error: MemoryError) -> JSONResponse:
        return _refusal(500, "the memory of the server does not suffice for this picture; cut it into parts")


def _refusal(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"detail": detail}, status, headers)


def _parameter_text(error: RequestValidationError) -> str:
    """The first thing wrong, with the close match of a misspelt name."""
    first = error.errors()[0]
    place, name = first["loc"][0], str(first["loc"][-1])
    if first["type"] != "extra_forbidden":
        return f"{place} parameter {name!r} = {first.get('input')!r}: {first['msg']}"
    known = [*PictureQuery.model_fields]
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"there is no {place} parameter {name!r} here{hint}"
