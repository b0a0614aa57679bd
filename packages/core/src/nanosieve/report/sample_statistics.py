"""The statistics of a results folder, also where they failed."""

from __future__ import annotations

from nanosieve.report.results import Results
from nanosieve.statistics.results import Balance, SampleStatistics, Verdict


def statistics_of(results: Results) -> SampleStatistics:
    """What the summary holds; where the statistics failed, only the balance, with the failure as a warning.

    Raises
    ------
    pydantic.ValidationError
        If the summary was changed so that it is none any more.
    """
    found = results.summary["statistics"]
    if found is not None:
        return SampleStatistics.model_validate(found)
    counts = dict(results.summary["balance"])
    failed = [each["error"] for each in results.summary["failures"] if each["stage"] == "statistics"]
    return SampleStatistics(
        unit="nm" if results.unit == "nm" else "px",
        images=len(results.images),
        edge_correction=False,
        balance=Balance(
            detected=counts.pop("detected"),
            accepted=counts.pop("accepted"),
            reasons=counts,
            weighted=None,
            without_weight=0,
            longer_than_half=0,
        ),
        sizes={},
        shapes={},
        classes=(),
        verdict=Verdict(
            name="undecided",
            median=None,
            low=None,
            high=None,
            share=None,
            sentence="There are no statistics to decide by.",
        ),
        exclusions=(),
        warnings=(f"There are no statistics: {'; '.join(failed) or 'they failed'}",),
    )
