"""The answer in a few lines: median with its interval, verdict, and sizes by class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

from nanosieve.cli.listing import print_list

if TYPE_CHECKING:
    from nanosieve.statistics.results import Estimate, SampleStatistics, SizeStatistics


def print_statistics(statistics: SampleStatistics, console: Console, errors: Console) -> None:
    """Print headline and classes; warnings go to `errors`."""
    print_list(errors, statistics.warnings, "warning")
    size = next(iter(statistics.sizes.values()), None)
    if size is not None and size.count:
        for line in headline(size, statistics):
            console.print(line, markup=False, soft_wrap=True)
        console.print(class_table(statistics, size))


def headline(size: SizeStatistics, statistics: SampleStatistics) -> list[str]:
    """Median with its interval, what it would be without edge correction, precision, verdict."""
    unit = statistics.unit
    median = size.figures.number.d50
    lines = [
        f"median {_words(size)} {_number(median.value)} {unit}{_interval(median)}, {size.count} "
        f"particle{'' if size.count == 1 else 's'} in {size.images} image{'' if size.images == 1 else 's'}"
    ]
    if size.edge_corrected:
        lines[0] += f"; without edge correction {_number(size.uncorrected.number.d50.value)} {unit}"
    if size.counting is not None:
        lines.append(size.counting.sentence)
    return [*lines, statistics.verdict.sentence]


def class_table(statistics: SampleStatistics, size: SizeStatistics) -> Table:
    """Sizes of the accepted particles, class by class."""
    title = f"{_words(size)}, {statistics.unit}" + (", edge-corrected" if size.edge_corrected else "")
    table = Table(title=title, title_justify="left", box=box.SIMPLE)
    table.add_column("class")
    for heading in ("count", "share, %", "mean", "sd", "D10", "median", "D90"):
        table.add_column(heading, justify="right")
    for row in statistics.classes:
        share = "-" if row.share is None else f"{100 * row.share:.1f}"
        numbers = (row.mean, row.standard_deviation, row.d10, row.d50.value, row.d90)
        table.add_row(row.name, str(row.count), share, *map(_number, numbers))
    return table


def _words(size: SizeStatistics) -> str:
    return size.name.replace("_", " ")


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f" ({_number(estimate.low)} to {_number(estimate.high)}, 95 %)"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
