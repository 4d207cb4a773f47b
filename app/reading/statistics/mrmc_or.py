"""Obuchowski-Rockette analysis with Hillis' degrees of freedom.

Sources: Obuchowski & Rockette, Commun Stat Simul Comput 24 (1995) 285; Hillis, Obuchowski,
Schartz & Berbaum, Stat Med 24 (2005) 1579; Hillis, Stat Med 26 (2007) 596 (denominator degrees
of freedom, constraints on covariances, one modality alone); Hillis, Stat Med 33 (2014) 330.

Three populations are offered: readers and cases random (the conclusion is for both), readers
fixed (for these readers only), cases fixed (for these cases only).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.reading.statistics.estimate import (
    Estimate,
    FTest,
    estimate,
    f_test,
    not_estimable,
    satterthwaite,
)
from app.reading.statistics.grid import Floats

NAME = "Obuchowski-Rockette"
RANDOM, FIXED_READERS, FIXED_CASES = (
    "random_readers_random_cases",
    "fixed_readers_random_cases",
    "random_readers_fixed_cases",
)
ONE_READER = "one reader: no variance between readers can be estimated"


@dataclass(frozen=True, kw_only=True)
class Covariances:
    """Error variance and the covariances: same reader, same modality, neither; None: no pair."""

    variance: float
    cov1: float | None
    cov2: float | None
    cov3: float | None


def mean_covariances(matrix: Floats) -> Covariances:
    """Average a covariance array of shape (modalities, readers, modalities, readers)."""
    t, r = matrix.shape[:2]
    same_t = np.eye(t, dtype=bool)[:, None, :, None]
    same_r = np.eye(r, dtype=bool)[None, :, None, :]

    def mean(mask: Any) -> float | None:
        picked = matrix[np.broadcast_to(mask, matrix.shape)]
        return float(picked.mean()) if picked.size else None

    return Covariances(
        variance=float(matrix[np.broadcast_to(same_t & same_r, matrix.shape)].mean()),
        cov1=mean(~same_t & same_r),
        cov2=mean(same_t & ~same_r),
        cov3=mean(~same_t & ~same_r),
    )


def _clamped(value: float | None) -> float:
    # The model needs Cov2 >= 0 and Cov2 >= Cov3 (Hillis 2007); NaN must stay NaN.
    return 0.0 if value is None or value < 0 else value


def single(
    performance: Floats, covariance: Floats, *, null: float = 0.5, alpha: float = 0.05
) -> dict[str, Estimate]:
    """Return the reader-mean of one modality, from its own data alone, by population.

    `performance` has shape (readers,), `covariance` (readers, readers). Variance:
    [MS(R) + r max(Cov2, 0)] / r with df_H = that squared / [MS(R)^2 / (r - 1)] (Hillis 2007).
    """
    r = len(performance)
    mean = float(performance.mean())
    found = mean_covariances(covariance.reshape(1, r, 1, r))
    cov2 = _clamped(found.cov2)
    shared = {"error_variance": found.variance, "cov2": found.cov2, "readers": r}
    fixed = estimate(
        NAME,
        mean,
        (found.variance + (r - 1) * cov2) / r,
        null=null,
        alpha=alpha,
        parts=shared,
    )
    if r < 2:
        words = not_estimable(NAME, ONE_READER, value=mean, null=null, parts=shared)
        return {RANDOM: words, FIXED_READERS: fixed, FIXED_CASES: words}
    ms_r = float(performance.var(ddof=1))
    parts = {
        **shared,
        "ms_reader": ms_r,
        "reader_variance": ms_r - found.variance + (found.cov2 or 0.0),
        "reader_sd_observed": math.sqrt(ms_r),
    }
    total = ms_r + r * cov2
    df = satterthwaite(total, [(ms_r, r - 1)])
    return {
        RANDOM: estimate(NAME, mean, total / r, df=df, null=null, alpha=alpha, parts=parts),
        FIXED_READERS: fixed,
        FIXED_CASES: estimate(NAME, mean, ms_r / r, df=r - 1, null=null, alpha=alpha, parts=parts),
    }


@dataclass(frozen=True, kw_only=True, eq=False)
class Anova:
    """Mean squares and variance components of a modality by reader table."""

    means: Floats
    readers: int
    ms_t: float
    ms_r: float
    ms_tr: float
    found: Covariances

    @property
    def extra(self) -> float:
        """max(Cov2 - Cov3, 0): what cases add to the error of a difference."""
        if self.found.cov2 is None or self.found.cov3 is None:
            return 0.0
        return _clamped(self.found.cov2 - self.found.cov3)

    def parts(self) -> dict[str, Any]:
        """Return mean squares and the unconstrained variance components."""
        found, t = self.found, len(self.means)
        cov1, cov2, cov3 = found.cov1 or 0.0, found.cov2 or 0.0, found.cov3 or 0.0
        parts: dict[str, Any] = {
            "ms_modality": self.ms_t,
            "ms_reader": self.ms_r,
            "ms_modality_reader": self.ms_tr,
            "error_variance": found.variance,
            "cov1": found.cov1,
            "cov2": found.cov2,
            "cov3": found.cov3,
            "readers": self.readers,
        }
        if self.readers > 1:
            parts["reader_variance"] = (self.ms_r - self.ms_tr) / t - cov1 + cov3
            parts["modality_reader_variance"] = self.ms_tr - found.variance + cov1 + cov2 - cov3
        return parts


def anova(performance: Floats, covariance: Floats) -> Anova:
    """Return the table for `performance` (modalities, readers), every reader in every modality."""
    t, r = performance.shape
    by_t, by_r, mean = performance.mean(axis=1), performance.mean(axis=0), performance.mean()
    rest = performance - by_t[:, None] - by_r[None, :] + mean
    return Anova(
        means=by_t,
        readers=r,
        ms_t=float(r * by_t.var(ddof=1)),
        ms_r=float(t * by_r.var(ddof=1)) if r > 1 else math.nan,
        ms_tr=float((rest**2).sum() / ((t - 1) * (r - 1))) if r > 1 else math.nan,
        found=mean_covariances(covariance.reshape(t, r, t, r)),
    )


def _errors(table: Anova) -> dict[str, tuple[float, float | None]]:
    """Return the error term of the F test and its degrees of freedom, by population."""
    t, r, found = len(table.means), table.readers, table.found
    fixed = found.variance - (found.cov1 or 0.0) + (r - 1) * table.extra
    errors: dict[str, tuple[float, float | None]] = {FIXED_READERS: (fixed, None)}
    if r > 1:
        df = (t - 1) * (r - 1)
        total = table.ms_tr + r * table.extra
        errors[RANDOM] = total, satterthwaite(total, [(table.ms_tr, df)])
        errors[FIXED_CASES] = table.ms_tr, df
    return errors


def overall(table: Anova) -> dict[str, FTest]:
    """Return the test that all modalities perform the same, by population."""
    t, r = len(table.means), table.readers
    tests = {
        population: f_test(NAME, table.ms_t, error, t - 1, df, table.parts())
        for population, (error, df) in _errors(table).items()
    }
    if r < 2:
        lacking = FTest(method=NAME, reason=ONE_READER)
        return {**tests, RANDOM: lacking, FIXED_CASES: lacking}
    return tests


def difference(
    table: Anova, first: int, second: int, *, alpha: float = 0.05
) -> dict[str, Estimate]:
    """Return mean(first) - mean(second) by population; variance (2 / r) x the error term."""
    value = float(table.means[first] - table.means[second])
    found: dict[str, Estimate] = {}
    for population in (RANDOM, FIXED_READERS, FIXED_CASES):
        if population not in (errors := _errors(table)):
            found[population] = not_estimable(NAME, ONE_READER, value=value, null=0.0)
            continue
        error, df = errors[population]
        variance = 2 * error / table.readers
        found[population] = estimate(
            NAME, value, variance, df=df, null=0.0, alpha=alpha, parts=table.parts()
        )
    return found


def difference_nested(
    performance: tuple[Floats, Floats], covariance: Floats, *, alpha: float = 0.05
) -> dict[str, Estimate]:
    """Return first - second where different readers read the two (a split plot).

    `covariance` is over the readers of the first, then of the second. Variance: the sum over the
    two of MS(R) / r + max(Cov2, 0), less 2 max(Cov3, 0) but never below the readers' part
    (Hillis 2014, readers nested within modalities).
    """
    r = len(performance[0]), len(performance[1])
    value = float(performance[0].mean() - performance[1].mean())
    parts: dict[str, Any] = {"readers": list(r)}
    own = covariance[: r[0], : r[0]], covariance[r[0] :, r[0] :]
    found = [mean_covariances(m.reshape(1, n, 1, n)) for m, n in zip(own, r, strict=True)]
    cov3 = _clamped(float(covariance[: r[0], r[0] :].mean()))
    parts |= {"error_variance": [f.variance for f in found], "cov2": [f.cov2 for f in found]}
    parts["cov3"] = float(covariance[: r[0], r[0] :].mean())
    cases = _clamped(sum(_clamped(f.cov2) for f in found) - 2 * cov3)
    alone = sum(
        (f.variance - _clamped(f.cov2)) / n for f, n in zip(found, r, strict=True)
    )  # a reader's own error, beyond what is shared through the cases
    fixed = estimate(NAME, value, alone + cases, null=0.0, alpha=alpha, parts=parts)
    if min(r) < 2:
        words = not_estimable(NAME, "a group has only one reader", value=value, parts=parts)
        return {RANDOM: words, FIXED_READERS: fixed, FIXED_CASES: words}
    spread = [float(p.var(ddof=1)) / n for p, n in zip(performance, r, strict=True)]
    parts["ms_reader"] = [s * n for s, n in zip(spread, r, strict=True)]
    pieces = [(s, n - 1.0) for s, n in zip(spread, r, strict=True)]
    total = sum(spread) + cases
    return {
        RANDOM: estimate(
            NAME,
            value,
            total,
            df=satterthwaite(total, pieces),
            null=0.0,
            alpha=alpha,
            parts=parts,
        ),
        FIXED_READERS: fixed,
        FIXED_CASES: estimate(
            NAME,
            value,
            sum(spread),
            df=satterthwaite(sum(spread), pieces),
            null=0.0,
            alpha=alpha,
            parts=parts,
        ),
    }
