"""Trackers keep record of a run of training; none of them can stop it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from nanosieve.fitting import FitJob, FitProgress
from nanosieve.host import Host
from nanosieve.specs import Outcome, TrackedRun, resolve


class Tracking:
    """Tells all trackers of the host how a run goes.

    Parameters
    ----------
    job : the run
    warn : called with a sentence for people where a tracker fails; it is left out from then on
    """

    def __init__(self, job: FitJob, host: Host, warn: Callable[[str], None]) -> None:
        self.job, self.host, self.warn = job, host, warn
        self._runs: dict[str, TrackedRun] | None = None

    @property
    def places(self) -> list[str]:
        """Where the records are, for people."""
        return [run.place for run in (self._runs or {}).values()]

    def report(self, progress: FitProgress) -> None:
        """Take note of an epoch that is over."""
        scores = progress.scores
        if scores is None:
            return
        if self._runs is None:
            # only the process that writes comes here, and only a run that got through its first epoch
            self._runs = {}
            for name in self.host.trackers:
                self._try(name, partial(self._start, name))
        for name, run in tuple(self._runs.items()):
            self._try(name, partial(run.epoch, progress.epoch, scores))

    def end(self, outcome: Outcome, bundle: Path | None = None) -> None:
        """Take note of the end."""
        for name, run in tuple((self._runs or {}).items()):
            self._try(name, partial(run.end, outcome, bundle))

    def _start(self, name: str) -> None:
        assert self._runs is not None
        self._runs[name] = resolve(self.host.trackers[name].start)(self.job)

    def _try(self, name: str, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # a server that is down must not cost a night of training
            assert self._runs is not None
            self._runs.pop(name, None)
            who = self.host.trackers.provider(name)
            reason = " ".join(str(error).split())[:300]
            self.warn(
                f"tracker {name!r} of {who} stopped, training goes on: {type(error).__name__}: {reason}"
            )
