"""Precision and power of a planned reading, before it is sealed.

Model: a reader's skill d' varies with standard deviation `reader_sd` around the value that gives
`auc` (AUC = Phi(d' / sqrt 2)); two readers' impressions of one case correlate by
`case_correlation`; ratings have `levels` equally used levels. `expected` computes what the
Obuchowski-Rockette analysis of one modality will give (sizing as in Hillis & Schartz, J Med
Imaging 5 (2018) 031410); `simulate` draws readings and analyses them.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from app.reading.statistics.estimate import quantile
from app.reading.statistics.grid import Floats

Task = Literal["rating", "two_alternative"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A planned reading of one modality.

    For the task "two_alternative" `positives` is the number of pairs and `negatives` is not used.
    """

    readers: int
    positives: int
    negatives: int
    margin: float = 0.10
    auc: float = 0.5
    reader_sd: float = 0.30
    case_correlation: float = 0.3
    levels: int = 6
    alpha: float = 0.05
    task: Task = "rating"

    def __post_init__(self) -> None:
        if self.readers < 1 or self.positives < 2 or self.negatives < 2:
            raise ValueError(
                f"{self.readers} readers, {self.positives} positive and {self.negatives} negative "
                "cases: at least 1 reader and 2 cases of each class are needed"
            )
        if not 0 < self.margin < 0.5 or not 0 < self.auc < 1 or not 0 < self.alpha < 0.5:
            raise ValueError(
                f"margin {self.margin}, AUC {self.auc}, alpha {self.alpha}: margin and alpha lie "
                "between 0 and 0.5, AUC between 0 and 1"
            )
        if self.reader_sd < 0 or not 0 <= self.case_correlation < 1 or self.levels < 2:
            raise ValueError(
                f"reader SD {self.reader_sd}, correlation {self.case_correlation}, "
                f"{self.levels} levels: SD is 0 or more, correlation 0 to below 1, levels 2 or more"
            )


@dataclass(frozen=True, kw_only=True)
class Power:
    """What a plan can show.

    `half_width` is that of the 1 - 2 alpha interval of the reader-mean AUC; `equivalence` the
    chance to show it within the margin of 0.5; `difference` the chance that the two-sided test
    finds it different from 0.5 (at AUC 0.5: the type I error). `runs` is 0 when computed.
    """

    half_width: float
    se: float
    df: float | None
    equivalence: float
    difference: float
    runs: int = 0
    advice: tuple[str, ...] = ()


def expected(plan: Plan) -> Power:
    """Return precision and power by formula, at once.

    With one reader the conclusion is for that reader alone (readers fixed).
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)  # the mean over a normal skill
    skill = float(stats.norm.ppf(plan.auc)) + plan.reader_sd * nodes / math.sqrt(2)
    area, weights = stats.norm.cdf(skill), weights / weights.sum()
    spread = float(weights @ (area - weights @ area) ** 2)
    error, shared = _error(plan)
    mean_square = spread + error - shared
    r = plan.readers
    total = mean_square + r * shared if r > 1 else error
    se = math.sqrt(total / r)
    df = total**2 * (r - 1) / mean_square**2 if r > 1 else None
    # The standard error is itself estimated: as a chi distribution with df degrees of freedom.
    at = (np.arange(200) + 0.5) / 200
    found = se * (np.ones(1) if df is None else np.sqrt(stats.chi2.ppf(at, df) / df))
    reach = quantile(1 - plan.alpha, df) * found
    return Power(
        half_width=float(reach.mean()),
        se=se,
        df=df,
        equivalence=_between(plan, reach, se),
        difference=_outside(plan, quantile(1 - plan.alpha / 2, df) * found, se),
        advice=advice(plan),
    )


def _error(plan: Plan) -> tuple[float, float]:
    """Return the error variance of one reader and the covariance between two."""
    a, rho = plan.auc, plan.case_correlation
    if plan.task == "two_alternative":
        variance = a * (1 - a) / plan.positives
        return variance, variance * 2 / math.pi * math.asin(rho)
    # Hanley & McNeil, Radiology 143 (1982) 29, less what ties take away; correlation of ranks.
    first, second = a / (2 - a) - a**2, 2 * a**2 / (1 + a) - a**2
    n, m = plan.positives, plan.negatives
    variance = (a * (1 - a) + (n - 1) * first + (m - 1) * second) / (n * m)
    variance *= 1 - 1 / plan.levels**2
    return variance, variance * 6 / math.pi * math.asin(rho / 2)


def _between(plan: Plan, reach: Floats, se: float) -> float:
    """Return the chance of an interval of half-width `reach` inside the margins."""
    room, shift = np.maximum(plan.margin - reach, 0.0), plan.auc - 0.5
    inside = stats.norm.cdf((room - shift) / se) - stats.norm.cdf((-room - shift) / se)
    return float(np.mean(inside))


def _outside(plan: Plan, reach: Floats, se: float) -> float:
    """Return the chance of an interval of half-width `reach` that leaves out 0.5."""
    shift = plan.auc - 0.5
    outside = stats.norm.cdf((-reach - shift) / se) + stats.norm.sf((reach - shift) / se)
    return float(np.mean(outside))


def simulate(plan: Plan, *, runs: int = 1000, seed: int = 1) -> Power:
    """Return precision and power from simulated readings, each analysed as a real one.

    The Monte-Carlo standard error of a share p is sqrt(p (1 - p) / runs).
    """
    generator = np.random.default_rng(seed)
    widths, centres, equivalent, different = [], [], 0, 0
    for _ in range(runs):
        one, other = _draw(plan, generator)
        mean, se, df = _analyse(one, other)
        reach = quantile(1 - plan.alpha, df) * se
        widths.append(reach)
        centres.append(mean)
        equivalent += abs(mean - 0.5) + reach < plan.margin
        different += abs(mean - 0.5) > quantile(1 - plan.alpha / 2, df) * se
    return Power(
        half_width=float(np.mean(widths)),
        se=float(np.std(centres)),
        df=None,
        equivalence=equivalent / runs,
        difference=different / runs,
        runs=runs,
        advice=advice(plan),
    )


def _draw(plan: Plan, generator: np.random.Generator) -> tuple[Floats, Floats | None]:
    """Return per-case scores (readers, cases) whose mean is the AUC: placements, or choices."""
    centre = math.sqrt(2) * float(stats.norm.ppf(plan.auc))
    skill = centre + plan.reader_sd * generator.standard_normal((plan.readers, 1))
    shared, own = math.sqrt(plan.case_correlation), math.sqrt(1 - plan.case_correlation)

    def impressions(count: int) -> Floats:
        cue = generator.standard_normal(count)
        return np.asarray(shared * cue + own * generator.standard_normal((plan.readers, count)))

    if plan.task == "two_alternative":
        return (skill / math.sqrt(2) + impressions(plan.positives) > 0).astype(float), None
    cuts = stats.norm.ppf(np.arange(1, plan.levels) / plan.levels) + centre / 2
    positive = np.searchsorted(cuts, skill + impressions(plan.positives))
    negative = np.searchsorted(cuts, impressions(plan.negatives))
    return _placements(positive, negative), 1 - _placements(negative, positive)


def _placements(ratings: np.ndarray, among: np.ndarray) -> Floats:
    """Return the share of `among` rated lower, ties counting half, for each rating."""
    difference = np.sign(ratings[:, :, None] - among[:, None, :])
    return np.asarray((difference.mean(axis=2) + 1) / 2)


def _analyse(one: Floats, other: Floats | None) -> tuple[float, float, float | None]:
    """Return mean, SE and Hillis' degrees of freedom from structural components."""
    performance, r = one.mean(axis=1), len(one)
    error = covariance = 0.0
    for part in (one,) if other is None else (one, 1 - other):
        n = part.shape[1]
        own = float(part.var(axis=1, ddof=1).sum()) / n
        every = float(part.sum(axis=0).var(ddof=1)) / n
        error += own / r
        covariance += (every - own) / (r * (r - 1)) if r > 1 else 0.0
    mean = float(performance.mean())
    if r == 1:
        return mean, math.sqrt(error), None
    mean_square = float(performance.var(ddof=1))
    total = mean_square + r * max(covariance, 0.0)
    df = total**2 * (r - 1) / mean_square**2 if mean_square > 0 else None
    return mean, math.sqrt(total / r), df


def advice(plan: Plan) -> tuple[str, ...]:
    """Return what a coordinator should know before sealing this plan."""
    words = []
    if plan.readers == 1:
        words.append("One reader: the result is about this reader only, not about readers.")
    elif plan.readers < 6:
        words.append(
            f"{plan.readers} readers: with fewer than six the test is mildly liberal and readers "
            "who differ much cannot be averaged with any precision."
        )
    if plan.reader_sd >= 0.2:
        words.append("When readers differ, more readers help more than more images.")
    return tuple(words)


def chance_band(trials: int, *, level: float = 0.95) -> tuple[int, int]:
    """Return the fewest and most right answers out of `trials` that guessing explains."""
    law = stats.binom(trials, 0.5)
    return int(law.ppf((1 - level) / 2)), int(law.ppf((1 + level) / 2))
