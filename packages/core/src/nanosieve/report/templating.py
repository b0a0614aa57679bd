"""Templates of pages: everything that is not marked as HTML is escaped, and an unknown name is an error."""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2

from nanosieve.report.numbers import interval, number, p_value, percent, plain, with_uncertainty
from nanosieve.report.plots.distribution import fit_title


def render(template: str, **context: Any) -> str:
    """Fill a template of this package."""
    return environment().get_template(template).render(**context)


@cache
def environment() -> jinja2.Environment:
    """The environment of all pages."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("nanosieve.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "number": number,
        "interval": interval,
        "percent": percent,
        "plain": plain,
        "with_uncertainty": with_uncertainty,
        "p_value": p_value,
        "fit_title": fit_title,
        "words": lambda name: str(name).replace("_", " "),
    }
    return made
