"""One picture under the settings of a request."""

from __future__ import annotations

from functools import partial

from nanosieve import Micrograph
from nanosieve.answering import boundary_of
from nanosieve.batch import Request
from nanosieve.pipeline import Analysis, analyze


def analyze_request(request: Request, micrograph: Micrograph) -> Analysis:
    """The analysis of a micrograph; see `nanosieve.pipeline.analyze`."""
    return analyze(
        micrograph,
        segmenter=request.segmenter.tool,
        classifier=request.classifier.tool if request.classifier else None,
        measures=request.measures,
        rules=request.rules,
        boundary=partial(boundary_of, request.segmenter),
        unit=request.unit,
    )
