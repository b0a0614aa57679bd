"""All that the statistics of one sample come to: frozen, and plain JSON (``SampleStatistics.model_dump(mode="json")``).

Made by ``nanosieve.statistics.sample.describe_sample(particles, images, unit, *, min_diameter_px=0, boundaries={},
options=StatisticsOptions())``; ``nanosieve.statistics.families`` has ``density``, ``cumulative`` and ``quantile`` of a
`Fit`. Sizes are in the unit of the sample, shares between 0 and 1. What cannot be known is None, and a sentence says
why.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from nanosieve.measuring import Unit

IntervalName = Literal["two_stage_bootstrap", "random_effects", "one_image", "none"]
FitName = Literal["lognormal", "normal", "weibull", "lognormal_2", "lognormal_3"]
VerdictName = Literal["nanomaterial", "not", "borderline", "undecided"]
Quantity = Literal["median", "mean"]
# Stands for all classes, or all reasons.
ALL = "all"


class Result(BaseModel):
    """What all results share."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Estimate(Result):
    """A figure with its interval."""

    value: float | None = Field(description="The figure; null where the particles do not allow one.")
    low: float | None = Field(None, description="Lower end of the interval; null without one.")
    high: float | None = Field(None, description="Upper end of the interval; null without one.")
    standard_error: float | None = Field(None, description="Standard error, in the unit of the figure.")


class IntervalMethod(Result):
    """How the intervals were made."""

    name: IntervalName = Field(description="The method.")
    level: float = Field(description="Nominal coverage: 0.95.")
    images: int = Field(description="Images with accepted particles.")
    rounds: int | None = Field(None, description="Rounds of the bootstrap, where it is one.")
    sentence: str = Field(description="The method, and what it leaves out, for people.")


class Quantiles(Result):
    """Sizes below which a share of the particles lies, ISO 9276-2."""

    d10: Estimate = Field(description="10 %.")
    d50: Estimate = Field(description="50 %, the median.")
    d90: Estimate = Field(description="90 %.")
    span: Estimate = Field(description="(D90 - D10) / D50.")


class Figures(Result):
    """Figures of the distribution of one size."""

    number: Quantiles = Field(description="By number of particles.")
    volume: Quantiles = Field(description="By volume, taken as the cube of the size.")
    mean: Estimate = Field(description="Arithmetic mean by number.")
    standard_deviation: Estimate = Field(description="Of the particles, by number.")
    geometric_mean: Estimate = Field(description="exp(mean of ln x).")
    geometric_standard_deviation: Estimate = Field(description="exp(standard deviation of ln x), >= 1.")
    moments: dict[str, Estimate] = Field(
        description='Mean sizes D[p,q] of ISO 9276-2, by name: "D[1,0]", "D[4,3]".'
    )
    specific_surface: Estimate = Field(description="6 / D[3,2], surface per volume of spheres, 1 / unit.")


class Parameter(Result):
    """A parameter of a fit."""

    value: float = Field(description="Maximum likelihood.")
    standard_error: float | None = Field(
        description="From the observed information, particles independent; null where it gives none."
    )


class Goodness(Result):
    """How far a fit is from the particles."""

    statistic: float = Field(description="The distance.")
    p: float | None = Field(
        description="Share of samples of the fit that are as far from theirs; null: not asked, as of a mixture "
        "that is not chosen."
    )


class Fit(Result):
    """A distribution fitted by weighted maximum likelihood."""

    name: FitName = Field(description="The distribution; lognormal_2 is a mixture of two.")
    parameters: dict[str, Parameter] = Field(
        description="lognormal: mu, sigma of ln x; normal: mean, sd; weibull: shape, scale; "
        "mixtures: share_1, mu_1, sigma_1, share_2, ..., by growing mu."
    )
    truncated_at: float = Field(description="Size below which nothing can be seen; 0 without such a limit.")
    count: int = Field(description="Particles that were fitted.")
    log_likelihood: float = Field(description="Of the effective number of particles.")
    aic: float = Field(description="Akaike's criterion.")
    bic: float = Field(description="Bayesian criterion.")
    ks: Goodness = Field(description="Kolmogorov-Smirnov.")
    ad: Goodness = Field(description="Anderson-Darling.")
    chosen: bool = Field(description="Whether it has the lowest BIC of all.")


class Variance(Result):
    """One-way analysis of variance of ln x by image."""

    between: float = Field(description="Standard deviation between images, of ln x; about a relative one.")
    within: float = Field(description="Standard deviation within images, of ln x.")
    f: float = Field(description="Mean square between over mean square within.")
    p: float = Field(description="Of images that differ by chance alone.")
    images: int = Field(description="Images with accepted particles.")


class NeededCount(Result):
    """Particles needed by the formula of Masuda and Gotoh, for a lognormal distribution."""

    quantity: Literal["number_median", "mass_median"] = Field(description="What is to be known.")
    needed: int = Field(description="Particles for the precision asked for.")
    measured: int = Field(description="Particles measured.")


class PrecisionPoint(Result):
    """One point of the empirical curve of precision."""

    images: int = Field(description="Images drawn, with replacement.")
    particles: float = Field(description="Particles in them, on average.")
    half_width: float = Field(description="Half width of the central 95 % of ln D50; about a relative one.")


class Counting(Result):
    """How many particles were needed, and how many more are."""

    precision: float = Field(description="Half width asked for, as a share: 0.05.")
    formula: tuple[NeededCount, ...] = Field(description="By formula; particles independent.")
    curve: tuple[PrecisionPoint, ...] = Field(description="By drawing from the sample itself.")
    reached: float | None = Field(description="Relative half width of the interval of the median.")
    more_images: int | None = Field(description="About how many more images are needed; 0: enough.")
    sentence: str = Field(description="What to do, for people.")


class BudgetEntry(Result):
    """One source of uncertainty."""

    name: Literal["calibration", "pixel", "segmentation", "model", "sampling"] = Field(
        description="The source."
    )
    standard_uncertainty: float = Field(description="u, in the unit of the sample.")
    evaluation: Literal["A", "B"] = Field(description="GUM: A from statistics, B from other knowledge.")
    common: bool = Field(description="Whether it is common to all particles, so that more do not lessen it.")
    source: str = Field(description="Where the number is from, one sentence.")


class Budget(Result):
    """Uncertainty budget after the GUM."""

    quantity: Quantity = Field(description="Of the size, by number.")
    value: float = Field(description="The figure itself.")
    entries: tuple[BudgetEntry, ...] = Field(description="What is known.")
    missing: tuple[str, ...] = Field(description="What is not known and not in it, a sentence each.")
    combined: float = Field(description="u, root of the sum of squares.")
    expanded: float = Field(description="U = 2 u, about 95 %.")


class SizeStatistics(Result):
    """One size of the accepted particles, for example the smallest Feret diameter."""

    name: str = Field(description='Measure: "equivalent_diameter", "feret_min" or "feret_max".')
    column: str = Field(description="Its column in the table of particles.")
    count: int = Field(description="Accepted particles that have it.")
    weighted_count: float | None = Field(
        description="Sum of edge weights: particles that the images would hold without edges; null: no weights."
    )
    effective_count: float = Field(description="Particles of equal weight that would tell as much (Kish).")
    images: int = Field(description="Images that they lie in.")
    method: IntervalMethod = Field(description="How the intervals of `figures` were made.")
    corrected: Figures | None = Field(description="With edge weights; null where there are none.")
    uncorrected: Figures = Field(description="Every particle counted once.")
    edge_corrected: bool = Field(description="Which of the two holds; that one has intervals.")
    fits: tuple[Fit, ...] = Field(description="Fitted distributions; five particles a parameter at least.")
    variance: Variance | None = Field(description="Between and within images; null for one image.")
    counting: Counting | None = Field(description="How many particles are needed; null for one particle.")
    budgets: dict[Quantity, Budget] = Field(description="Uncertainty of median and mean.")

    @property
    def figures(self) -> Figures:
        """The figures that hold, with intervals."""
        return self.corrected if self.edge_corrected and self.corrected is not None else self.uncorrected

    @property
    def chosen_fit(self) -> Fit | None:
        """The fit with the lowest BIC."""
        return next((fit for fit in self.fits if fit.chosen), None)


class ShapeStatistics(Result):
    """One shape of the accepted particles: its distribution, since a mean of shapes tells little (ISO 9276-6)."""

    name: str = Field(description="Measure, which is the column too.")
    count: int = Field(description="Accepted particles that have it.")
    mean: float = Field(description="By number.")
    standard_deviation: float | None = Field(description="By number; null for one particle.")
    d10: float = Field(description="10 % of the particles have less.")
    d50: float = Field(description="Median.")
    d90: float = Field(description="90 % of the particles have less.")


class ClassStatistics(Result):
    """Accepted particles of one class, equivalent diameter."""

    name: str = Field(description='The class; "all" for all of them.')
    count: int = Field(description="Accepted particles.")
    weighted_count: float | None = Field(description="Sum of their edge weights; null: no weights.")
    share: float | None = Field(description="Of all accepted particles, weighted where sizes are.")
    mean: float | None = Field(description="Arithmetic mean.")
    standard_deviation: float | None = Field(description="Of the particles.")
    d10: float | None = Field(description="10 % by number are smaller.")
    d50: Estimate = Field(description="Median by number, with interval.")
    d90: float | None = Field(description="90 % by number are smaller.")


class Verdict(Result):
    """Whether the sample is a nanomaterial by EC recommendation 2022/C 229/01: median minimum Feret against 100 nm."""

    name: VerdictName = Field(description="`undecided` where it cannot be asked: sizes in px, no particles.")
    median: float | None = Field(description="Median minimum Feret, nm.")
    low: float | None = Field(
        description="Lower bound, nm: interval and uncertainties common to all particles."
    )
    high: float | None = Field(description="Upper bound, nm.")
    share: float | None = Field(description="Share of particles, by number, of 1 to 100 nm.")
    sentence: str = Field(description="The verdict and what it rests on, for people.")


class Balance(Result):
    """What became of all that was detected: detected = accepted + all reasons."""

    detected: int = Field(description="Particles found.")
    accepted: int = Field(description="Those that count.")
    reasons: dict[str, int] = Field(description="Excluded particles by reason, in alphabetical order.")
    weighted: float | None = Field(description="Accepted ones by edge weight; null: no weights.")
    without_weight: int = Field(description="Accepted ones whose edge weight is undefined.")
    longer_than_half: int = Field(description="Accepted ones longer than half of the frame.")


class Exclusion(Result):
    """Particles excluded for one reason against the accepted ones, by equivalent diameter."""

    reason: str = Field(description='The reason; "all" for all of them.')
    count: int = Field(description="Excluded particles that have a size.")
    median: float = Field(description="Their median.")
    accepted_median: float = Field(description="Median of the accepted ones, each counted once.")
    ks: float = Field(description="Largest distance of the two cumulative distributions.")
    p: float = Field(description="Of two equal distributions, corrected for several reasons (Holm).")


class SampleStatistics(Result):
    """The statistics of one sample."""

    unit: Unit = Field(description="Unit of all sizes.")
    images: int = Field(description="Images analysed, with or without particles.")
    edge_correction: bool = Field(description="Whether edge weights are used.")
    balance: Balance = Field(description="What became of all that was detected.")
    sizes: dict[str, SizeStatistics] = Field(
        description="By measure: equivalent_diameter, feret_min, feret_max, as far as the table has them."
    )
    shapes: dict[str, ShapeStatistics] = Field(description="By measure.")
    classes: tuple[ClassStatistics, ...] = Field(description='"all" first, then by name.')
    verdict: Verdict = Field(description="EC recommendation 2022/C 229/01.")
    exclusions: tuple[Exclusion, ...] = Field(description="Excluded against accepted particles.")
    warnings: tuple[str, ...] = Field(description="What a person should know first, a sentence each.")


class SampleTest(Result):
    """One test of two samples for being alike."""

    name: Literal["ks", "mann_whitney", "median_ratio", "lognormal_mu", "lognormal_sigma"] = Field(
        description="The test; median_ratio respects images, the others take particles as independent."
    )
    statistic: float = Field(description="The test's own figure.")
    p: float = Field(description="Of two samples that are alike.")
    p_corrected: float = Field(description="Corrected for all tests made together (Holm).")


class Comparison(Result):
    """Two samples, one size."""

    first: str = Field(description="Name of the first sample.")
    second: str = Field(description="Name of the second sample.")
    size: str = Field(description="Measure.")
    unit: Unit = Field(description="Unit of the size.")
    ratio: Estimate = Field(description="Median of the second over that of the first.")
    tests: tuple[SampleTest, ...] = Field(description="Tests; those that the samples allow.")
    sentence: str = Field(description="What they say, for people.")
