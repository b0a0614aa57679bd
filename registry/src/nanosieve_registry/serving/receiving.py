"""The body of a request, up to a size and within a time."""

from __future__ import annotations

import asyncio

from fastapi import HTTPException, Request


async def receive(request: Request, *, most_bytes: int, seconds: float) -> bytes:
    """The whole body, which is never larger in memory than allowed, whatever its header says.

    Raises
    ------
    HTTPException
        413 if it is too large, 408 if it takes too long, 422 if there is none.
    """
    too_large = HTTPException(
        413, f"the request is larger than {most_bytes:,} bytes, which this server takes"
    )
    declared = request.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared) > most_bytes:
        raise too_large
    parts, size = [], 0
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                size += len(part)
                if size > most_bytes:
                    raise too_large
                parts.append(part)
    except TimeoutError as error:
        raise HTTPException(408, f"the request has not arrived within {seconds:g} s") from error
    if not size:
        raise HTTPException(422, "there is no picture in the request; send the bytes of a PNG or TIFF file")
    return b"".join(parts)
