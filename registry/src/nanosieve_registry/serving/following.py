"""The model that is served now: it follows an alias, and a new one takes over only after it has worked."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

import numpy as np

from nanosieve import Micrograph
from nanosieve.errors import NanosieveError, one_line
from nanosieve_registry.errors import RegistryError
from nanosieve_registry.serving.analysing import analyze_request
from nanosieve_registry.serving.served import Served

logger = logging.getLogger(__name__)

Exact = Mapping[str, str]
"""References by part, ``segmenter`` and ``classifier`` or ``pipeline``, that will mean the same for ever."""

# Of the picture on which a model must work before it takes over: one square, large enough to be a particle anywhere.
TRIAL_PX, SQUARE_PX = 96, 40


class Follower:
    """Holds the model, and looks up from time to time whether there is another.

    Parameters
    ----------
    exact : the models to begin with
    look_up : which models are meant now
    load : loads and checks them
    between : runs a job while no request is at work

    Raises
    ------
    NanosieveError
        If the first model cannot be had; there is nothing to fall back on.
    """

    def __init__(
        self,
        exact: Exact,
        look_up: Callable[[], Exact],
        load: Callable[[Exact], Served],
        between: Callable[[Callable[[], object]], object],
    ) -> None:
        self._look_up, self._load, self._between = look_up, load, between
        self._exact = exact
        self._refused: Exact | None = None
        self.current = self._checked(exact)
        self.warning = ""

    def look(self) -> None:
        """Look up once; whatever goes wrong, the model that is there goes on, and `warning` says why."""
        try:
            exact = self._look_up()
        except Exception as error:  # the registry may fail in any way; the model here is as good as before
            self._warn(
                f"{_names(self._exact)} goes on, what is meant now cannot be looked up: {one_line(error)}"
            )
            return
        if exact == self._exact:
            self._refused = None
            self._warn("")
        elif exact != self._refused:
            self._take_over(exact)

    def follow(self, seconds: float, stopped: threading.Event) -> None:
        """Look up every so many seconds until stopped."""
        while not stopped.wait(seconds):
            self.look()

    def _take_over(self, exact: Exact) -> None:
        try:
            served = self._checked(exact)
        except Exception as error:  # a broken model may fail in any way; the one that is there goes on
            # a registry that does not answer may do so later; a broken model stays broken
            if not isinstance(error, RegistryError):
                self._refused = exact
            self._warn(f"{_names(exact)} was refused, {_names(self._exact)} goes on: {one_line(error)}")
            return
        self.current, self._exact, self._refused = served, exact, None
        logger.info("%s is served from now on", _names(exact))
        self._warn("")

    def _checked(self, exact: Exact) -> Served:
        served = self._load(exact)
        self._between(lambda: try_out(served))
        return served

    def _warn(self, warning: str) -> None:
        if warning and warning != self.warning:
            logger.warning(warning)
        self.warning = warning


def try_out(served: Served) -> None:
    """Let a model work on a small picture, as every request will.

    Raises
    ------
    NanosieveError
        If it raises or breaks its contract.
    """
    pixels = np.full((TRIAL_PX, TRIAL_PX), 0.2, np.float32)
    pixels[SQUARE_PX // 2 : SQUARE_PX // 2 + SQUARE_PX, SQUARE_PX // 2 : SQUARE_PX // 2 + SQUARE_PX] = 0.8
    micrograph = Micrograph(pixels=pixels, pixel_size_nm=(1.0, 1.0), polarity="bright", name="trial")
    failures = analyze_request(served.request, micrograph).failures
    if failures:
        raise NanosieveError(failures[0].error)


def _names(exact: Exact) -> str:
    return ", ".join(exact.values())
