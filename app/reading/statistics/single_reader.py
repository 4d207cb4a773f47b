"""What one reader did in one modality: proportions, signal detection, ROC, confidence, times."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy import special, stats

from app.reading.ratings import Rating
from app.reading.statistics.covariance import delong
from app.reading.statistics.estimate import Estimate, estimate, not_estimable
from app.reading.statistics.grid import Floats, Kernel


@dataclass(frozen=True, kw_only=True)
class Proportion:
    """Successes out of trials with Wilson's and the exact (Clopper-Pearson) interval."""

    successes: int
    trials: int
    value: float | None = None
    wilson: tuple[float, float] | None = None
    exact: tuple[float, float] | None = None
    null: float | None = None
    p: float | None = None
    reason: str | None = None


@lru_cache(maxsize=10_000)
def proportion(
    successes: int, trials: int, *, null: float | None = 0.5, alpha: float = 0.05
) -> Proportion:
    """Return a proportion with both intervals and the exact two-sided binomial test of `null`."""
    if trials == 0:
        return Proportion(successes=0, trials=0, reason="there is no such trial")
    z, share = float(special.ndtri(1 - alpha / 2)), successes / trials
    middle = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
    spread = share * (1 - share) / trials + z**2 / (4 * trials**2)
    reach = z * math.sqrt(spread) / (1 + z**2 / trials)
    low = float(special.betaincinv(successes, trials - successes + 1, alpha / 2))
    high = float(special.betaincinv(successes + 1, trials - successes, 1 - alpha / 2))
    exact = (low if successes else 0.0, high if successes < trials else 1.0)
    return Proportion(
        successes=successes,
        trials=trials,
        value=share,
        wilson=(max(middle - reach, 0.0), min(middle + reach, 1.0)),
        exact=exact,
        null=null,
        p=None if null is None else float(stats.binomtest(successes, trials, null).pvalue),
    )


@dataclass(frozen=True, kw_only=True)
class Detection:
    """Signal detection: sensitivity d' and criterion c; c > 0 leans to "negative"."""

    dprime: Estimate
    criterion: Estimate


def detection(
    hits: int, positives: int, false_alarms: int, negatives: int, *, alpha: float = 0.05
) -> Detection:
    """Return d' = z(H) - z(F) and c = -(z(H) + z(F)) / 2 with log-linear rates (n + 0.5)/(N + 1).

    Sources: Hautus, Behav Res Methods 27 (1995) 46 (correction); Gourevitch & Galanter,
    Psychometrika 32 (1967) 25 (variance).
    """
    method = "log-linear corrected rates"
    if not positives or not negatives:
        words = f"there is no {'positive' if not positives else 'negative'} case"
        none = not_estimable(method, words)
        return Detection(dprime=none, criterion=none)
    rates = (hits + 0.5) / (positives + 1), (false_alarms + 0.5) / (negatives + 1)
    z_hit, z_false = (float(stats.norm.ppf(rate)) for rate in rates)
    variance = sum(
        rate * (1 - rate) / (count * float(stats.norm.pdf(z)) ** 2)
        for rate, count, z in zip(rates, (positives, negatives), (z_hit, z_false), strict=True)
    )
    return Detection(
        dprime=estimate(method, z_hit - z_false, variance, null=0.0, alpha=alpha),
        criterion=estimate(method, -(z_hit + z_false) / 2, variance / 4, null=0.0, alpha=alpha),
    )


def auc_delong(kernel: Kernel, modality: int, reader: int, *, alpha: float = 0.05) -> Estimate:
    """Return one reader's AUC with DeLong's interval, cut to 0..1, and test against 0.5."""
    values = kernel.values[modality, reader]
    seen = ~np.isnan(values)
    own = values[seen.any(axis=1)][:, seen.any(axis=0)]
    method = "Mann-Whitney, DeLong"
    if not own.size:
        return not_estimable(method, "there is no case of one class")
    part = Kernel(values=own[None, None], sampled=kernel.sampled)
    value = float(part.performance[0, 0])
    if part.too_few:
        return not_estimable(method, part.too_few, value=value)
    found = estimate(method, value, float(delong(part)[0, 0]), alpha=alpha)
    if found.low is None or found.high is None:
        return found
    return replace(found, low=max(found.low, 0.0), high=min(found.high, 1.0))


@dataclass(frozen=True, kw_only=True)
class Roc:
    """Empirical ROC: rising false and true positive fractions from (0, 0) to (1, 1)."""

    false_positive: tuple[float, ...]
    true_positive: tuple[float, ...]


def roc(positive: Floats, negative: Floats) -> Roc | None:
    """Return the empirical ROC of ratings, ties as slanted parts; None without both classes."""
    if not len(positive) or not len(negative):
        return None
    levels = np.unique(np.concatenate([positive, negative]))[::-1]
    high, low = np.sort(positive), np.sort(negative)
    true = 1 - np.searchsorted(high, levels, side="left") / len(high)
    false = 1 - np.searchsorted(low, levels, side="left") / len(low)
    return Roc(false_positive=(0.0, *false.tolist()), true_positive=(0.0, *true.tolist()))


def mean_roc(curves: Sequence[Roc], points: int = 101) -> Roc | None:
    """Average curves vertically: the mean true positive fraction at each false positive one."""
    if not curves:
        return None
    at = np.linspace(0, 1, points)
    heights = []
    for curve in curves:
        x, y = np.array(curve.false_positive), np.array(curve.true_positive)
        last = np.append(np.diff(x) > 0, True)  # of a vertical step, its top
        heights.append(np.interp(at, x[last], y[last]))
    mean = np.mean(heights, axis=0)
    return Roc(false_positive=(0.0, *at.tolist()), true_positive=(0.0, *mean.tolist()))


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Return Holm's adjusted p values (Scand J Stat 6 (1979) 65); None stays None."""
    known = sorted((p, i) for i, p in enumerate(values) if p is not None)
    adjusted: list[float | None] = [None] * len(values)
    highest = 0.0
    for rank, (p, i) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - rank)))
        adjusted[i] = highest
    return adjusted


@dataclass(frozen=True, kw_only=True)
class Times:
    """Seconds from first paint to answer, interrupted trials left out."""

    trials: int
    median: float | None = None
    quartiles: tuple[float, float] | None = None
    longest: float | None = None


def times(rows: Sequence[Rating]) -> Times:
    """Return the median, quartiles and longest of the answer times."""
    seconds = [r.seconds for r in rows if r.seconds is not None and not r.interrupted]
    if not seconds:
        return Times(trials=0)
    low, middle, high = np.quantile(seconds, [0.25, 0.5, 0.75]).tolist()
    return Times(trials=len(seconds), median=middle, quartiles=(low, high), longest=max(seconds))


def finite_or_none(value: float) -> float | None:
    """Return None for NaN and infinity."""
    return value if math.isfinite(value) else None
