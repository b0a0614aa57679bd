"""Trackers are told of epochs and of the end; one that fails is named and left out."""

from pathlib import Path

import nanosieve
from nanosieve import Host, TrackerSpec
from nanosieve.fitting import FitProgress
from nanosieve.tracking import Tracking


class Logbook:
    place = "a logbook"

    def __init__(self, job):
        self.job = job
        self.told = []

    def epoch(self, number, scores):
        self.told.append((number, dict(scores)))

    def end(self, outcome, bundle):
        self.told.append((outcome, bundle))


class Trackers:
    def __init__(self):
        self.logbooks = []

    @nanosieve.hookimpl
    def nanosieve_trackers(self):
        def start(job):
            self.logbooks.append(Logbook(job))
            return self.logbooks[-1]

        def refuse(job):
            raise ConnectionError("nobody answers")

        yield TrackerSpec(name="down", summary="A server that is down.", start=refuse)
        yield TrackerSpec(name="logbook", summary="A logbook.", start=start)


def test_epochs_that_are_over_and_the_end_are_told_and_a_tracker_that_fails_is_named_once():
    plugin, warnings = Trackers(), []
    tracking = Tracking("the job", Host(plugin, entry_points=False), warnings.append)
    tracking.report(FitProgress(stage="training", done=3, total=8, epoch=1, loss=0.7))
    assert not plugin.logbooks, "no record is begun before an epoch is over"
    tracking.report(FitProgress(stage="epoch over", epoch=1, scores={"loss": 0.5}))
    tracking.report(FitProgress(stage="epoch over", epoch=2, scores={"loss": 0.25, "iou": 0.9}))
    tracking.end("finished", Path("bundle"))
    (logbook,) = plugin.logbooks
    assert logbook.job == "the job"
    assert logbook.told == [
        (1, {"loss": 0.5}),
        (2, {"loss": 0.25, "iou": 0.9}),
        ("finished", Path("bundle")),
    ]
    assert tracking.places == ["a logbook"]
    (warning,) = warnings
    assert "tracker 'down'" in warning
    assert "ConnectionError: nobody answers" in warning


def test_a_run_without_an_epoch_leaves_no_record():
    plugin = Trackers()
    tracking = Tracking("the job", Host(plugin, entry_points=False), lambda warning: None)
    tracking.end("failed")
    assert not plugin.logbooks
    assert tracking.places == []
