"""Multi-reader multi-case U-statistics: any study design, readers and cases random.

Sources: Gallas, Acad Radiol 13 (2006) 353; Gallas, Bandos, Samuelson & Wagner, Commun Stat
Theory Methods 38 (2009) 2586; degrees of freedom: Obuchowski, Gallas & Hillis, Acad Radiol 19
(2012) 1508, as in the public-domain program iMRMC.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.reading.statistics.covariance import independent, pair_sums
from app.reading.statistics.estimate import Estimate, estimate, not_estimable
from app.reading.statistics.grid import Floats, Kernel

#: From moments M1..M8 to components of variance (Gallas 2009, equation 19).
COMPONENTS = {
    "negative_cases": (0, 0, 0, 0, 0, 0, 1, -1),
    "positive_cases": (0, 0, 0, 0, 0, 1, 0, -1),
    "negative_positive": (0, 0, 0, 0, 1, -1, -1, 1),
    "readers": (0, 0, 0, 1, 0, 0, 0, -1),
    "reader_negative": (0, 0, 1, -1, 0, 0, -1, 1),
    "reader_positive": (0, 1, 0, -1, 0, -1, 0, 1),
    "reader_negative_positive": (1, -1, -1, 1, -1, 1, 1, -1),
}
#: Which moments' coefficients add up to the coefficient of a component.
SHARING = {
    "negative_cases": (0, 2, 4, 6),
    "positive_cases": (0, 1, 4, 5),
    "readers": (0, 1, 2, 3),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Moments:
    """Moments of two modalities: unbiased, plug-in, and the coefficients of the covariance.

    All have shape (8,): same reader and same positive and negative, same positive, same
    negative, neither; then the same four for different readers.
    """

    unbiased: Floats
    plug_in: Floats
    coefficients: Floats
    counts: Floats
    squared: int

    @property
    def covariance(self) -> float:
        """Unbiased covariance; NaN where pairs that share nothing do not exist."""
        if self.counts[self.squared] == 0:
            return math.nan
        return float(self.coefficients @ self.unbiased)

    @property
    def covariance_plug_in(self) -> float:
        """Covariance under the empirical distribution (the "MLE"): biased, never negative."""
        return float(self.coefficients @ self.plug_in)

    def component(self, name: str, *, plug_in: bool = False) -> float:
        """Return one variance component; 0 when the two modalities do not share its source."""
        if name in SHARING and not self.shares(name):
            return 0.0
        return float(np.array(COMPONENTS[name]) @ (self.plug_in if plug_in else self.unbiased))

    def shares(self, source: str) -> bool:
        """Whether the two modalities have readers or cases of this source in common."""
        return float(self.coefficients[list(SHARING[source])].sum()) > 1e-12

    def df(self, source: str) -> float:
        """Return the number of readers or cases (effective, when not crossed) less one."""
        shared = float(self.coefficients[list(SHARING[source])].sum())
        return round(1 / shared - 1) if shared > 1e-12 else math.nan


def moments(first: Floats, second: Floats, sampled: tuple[bool, bool]) -> Moments:
    """Return the moments of two kernels of shape (readers, positives, negatives)."""
    sums = pair_sums(first, second)
    exact = sums.exact()

    def stacked(sums: Floats) -> Floats:
        same = np.trace(sums, axis1=1, axis2=2)
        return np.concatenate([same, sums.sum(axis=(1, 2)) - same])

    numerators, counts = stacked(exact.numerators), stacked(exact.counts)
    every = sums.counts.sum(axis=(1, 2))
    same = np.trace(sums.counts, axis1=1, axis2=2)
    plain = np.concatenate(
        [np.trace(sums.numerators, axis1=1, axis2=2), sums.numerators.sum((1, 2))]
    )
    plain_counts = np.concatenate([same, every])
    squared = 4 + independent(sampled)
    unbiased = _ratio(numerators, counts)
    # The one entry of an axis that is no sample is always shared: no other moment exists there.
    if not sampled[1]:
        unbiased[[1, 3, 5, 7]] = unbiased[[0, 2, 4, 6]]
    if not sampled[0]:
        unbiased[[2, 3, 6, 7]] = unbiased[[0, 1, 4, 5]]
    coefficients = _ratio(counts, np.full(8, every[3]))
    coefficients[squared] -= 1
    return Moments(
        unbiased=unbiased,
        plug_in=_ratio(plain, plain_counts),
        coefficients=coefficients,
        counts=counts,
        squared=squared,
    )


def _ratio(top: Floats, bottom: Floats) -> Floats:
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)


def mean_performance(values: Floats) -> float:
    """Return the mean over all observed pairs of all readers: each pair weighs the same."""
    seen = ~np.isnan(values)
    return float(values[seen].mean()) if seen.any() else math.nan


def single(kernel: Kernel, modality: int, *, null: float = 0.5, alpha: float = 0.05) -> Estimate:
    """Return the reader-mean performance of one modality, readers and cases random."""
    values = _readers(kernel.values[modality])
    method = "U-statistics (Gallas)"
    if not len(values):
        words = kernel.too_few or "no reader read both classes"
        return not_estimable(method, words)
    found = moments(values, values, kernel.sampled)
    return _finish(
        method,
        mean_performance(values),
        [(found, 1.0)],
        {name: found.df(name) for name in _sources(kernel, len(values))},
        kernel,
        len(values),
        null=null,
        alpha=alpha,
    )


def difference(kernel: Kernel, first: int, second: int, *, alpha: float = 0.05) -> Estimate:
    """Return the difference first - second of two modalities, readers and cases random.

    Readers and cases of each class may be paired, partly paired or different. A source that the
    two do not share counts as two variances, each with its own degrees of freedom (Satterthwaite);
    iMRMC adds such variances first and takes the smaller degrees of freedom, which is stricter
    where they are not shared and the same where they are: `df_imrmc` among the parts.
    """
    one, other = kernel.values[first], kernel.values[second]
    found = moments(one, one, kernel.sampled), moments(other, other, kernel.sampled)
    cross = moments(one, other, kernel.sampled)
    readers = min(len(_readers(one)), len(_readers(other)))
    return _finish(
        "U-statistics (Gallas)",
        mean_performance(one) - mean_performance(other),
        [(found[0], 1.0), (found[1], 1.0), (cross, -2.0)],
        {n: min(found[0].df(n), found[1].df(n)) for n in _sources(kernel, readers)},
        kernel,
        readers,
        null=0.0,
        alpha=alpha,
    )


def _readers(values: Floats) -> Floats:
    return values[(~np.isnan(values)).any(axis=(1, 2))]


def _sources(kernel: Kernel, readers: int) -> list[str]:
    names = ["negative_cases"] * kernel.sampled[1] + ["positive_cases"] * kernel.sampled[0]
    return names + ["readers"] * (readers > 1)


def _finish(
    method: str,
    value: float,
    terms: list[tuple[Moments, float]],
    df_of: dict[str, float],
    kernel: Kernel,
    readers: int,
    *,
    null: float,
    alpha: float,
) -> Estimate:
    """Combine moments to a variance, its Satterthwaite degrees of freedom, interval and test."""
    variance = sum(weight * m.covariance for m, weight in terms)
    plug_in = sum(weight * m.covariance_plug_in for m, weight in terms)
    parts: dict[str, Any] = {
        "variance_unbiased": variance,
        "variance_plug_in": plug_in,
        "components": {n: sum(w * m.component(n) for m, w in terms) for n in COMPONENTS},
        "readers": readers,
    }
    if kernel.too_few or readers < 2:
        words = kernel.too_few or "one reader: no variance between readers can be estimated"
        return not_estimable(method, words, value=_finite(value), null=null, parts=parts)
    below = sum(_share(name, terms, df) for name, df in df_of.items())
    reason = None
    if variance < 0:
        reason = (
            f"the unbiased variance estimate is negative ({variance:.3g}); the biased plug-in "
            f"estimate ({plug_in:.3g}) is used in its place"
        )
        variance = plug_in
    least = min(df_of.values(), default=math.nan)
    df = _ratio_df(variance, below, least)
    added = (_spread(sum(w * m.component(n, plug_in=True) for m, w in terms), d)
             for n, d in df_of.items())  # fmt: skip
    parts["df_imrmc"] = _finite(_ratio_df(variance, sum(added), least))
    # As iMRMC does: whole degrees of freedom, and the normal distribution above 50.
    used = None if df > 50 else float(math.floor(df)) if math.isfinite(df) else math.nan
    found = estimate(
        method, value, variance, df=used, null=null, alpha=alpha, parts=parts, reason=reason
    )
    usual = estimate(method, value, variance, null=null, alpha=alpha)
    parts |= {
        "df": _finite(df),
        "df_used": used,
        "normal_p": usual.p,
        "normal_low": usual.low,
        "normal_high": usual.high,
    }
    return replace(found, df=_finite(df) if found.estimable else None, parts=parts)


def _ratio_df(variance: float, below: float, least: float) -> float:
    """Return Satterthwaite's fraction, not below the smallest part (Gaylor & Hopper 1969)."""
    return max(variance**2 / below if below > 0 else math.nan, least)


def _share(source: str, terms: list[tuple[Moments, float]], df: float) -> float:
    """Return what a source of variation puts under the Satterthwaite fraction.

    Where the two modalities share the source (paired), its component of the difference is one
    variance; where they do not (a split plot), each has its own.
    """
    own = [(weight * m.component(source, plug_in=True), m, weight) for m, weight in terms]
    paired = len(terms) == 1 or terms[-1][0].shares(source)
    if paired:
        return _spread(sum(part for part, _, _ in own), df)
    return sum(_spread(part, m.df(source)) for part, m, weight in own if weight > 0)


def _spread(part: float, df: float) -> float:
    return part**2 / df**3 if df > 0 else math.nan


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
