"""One request is worked on at a time, and a bounded number of others wait for it."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

from nanosieve.errors import NanosieveError

T = TypeVar("T")

# How many of the last requests tell how long the next one will take.
REMEMBERED = 10


class RefusedError(NanosieveError):
    """The queue takes nothing on now.

    Parameters
    ----------
    retry_s : after which time it is worth trying again
    """

    def __init__(self, message: str, retry_s: int) -> None:
        super().__init__(message)
        self.retry_s = retry_s


class GoneError(NanosieveError):
    """Who asked has hung up."""


class WorkQueue:
    """A queue before one thread, in which the model works.

    Two pictures at once would take twice the memory and no less time: the libraries use all cores for one.

    Parameters
    ----------
    waiting : requests that may wait while one is at work
    """

    def __init__(self, waiting: int) -> None:
        self._places = waiting + 1
        self._inside = 0
        self._turn = asyncio.Lock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")
        self._seconds: deque[float] = deque(maxlen=REMEMBERED)
        self._stopped = False

    @property
    def inside(self) -> int:
        """Requests that wait, arrive or are at work."""
        return self._inside

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place in the queue, taken before the request is read: so the memory is bounded as well.

        Raises
        ------
        RefusedError
            If there is none, or the server stops.
        """
        self._check_open()
        if self._inside >= self._places:
            mean = sum(self._seconds) / len(self._seconds) if self._seconds else 1.0
            raise RefusedError(
                f"the queue is full: {self._inside} requests are waiting or at work",
                math.ceil(max(mean, 1.0)),
            )
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def work(self, job: Callable[[], T], hung_up: Callable[[], Awaitable[bool]]) -> T:
        """What `job` returns, when it is its turn; first come, first served.

        Raises
        ------
        GoneError
            If nobody waits for it any more.
        RefusedError
            If the server has been stopped meanwhile.
        """
        async with self._turn:
            self._check_open()
            if await hung_up():
                raise GoneError("the client has hung up")
            begin = monotonic()
            result = await asyncio.get_running_loop().run_in_executor(self._worker, job)
            self._seconds.append(monotonic() - begin)
        return result

    def between(self, job: Callable[[], T]) -> T:
        """What `job` returns, in the worker's thread between two requests; blocks the thread that asks."""
        return self._worker.submit(job).result()

    def stop(self) -> None:
        """Take nothing on any more: what is at work is finished, what waits is refused."""
        self._stopped = True

    def close(self) -> None:
        """Wait for the worker and let it go."""
        self._worker.shutdown()

    def _check_open(self) -> None:
        if self._stopped:
            raise RefusedError("the server is stopping", 1)
