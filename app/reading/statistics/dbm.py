"""Dorfman-Berbaum-Metz: analysis of variance of jackknife pseudovalues.

Sources: Dorfman, Berbaum & Metz, Invest Radiol 27 (1992) 723; error terms and degrees of freedom
as simplified in Hillis & Berbaum, Acad Radiol 12 (2005) 1534 and Hillis, Stat Med 26 (2007) 596,
with which it equals the Obuchowski-Rockette analysis with jackknife covariances.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.reading.statistics.covariance import leave_one_out
from app.reading.statistics.estimate import (
    Estimate,
    FTest,
    estimate,
    f_test,
    not_estimable,
    satterthwaite,
)
from app.reading.statistics.grid import Floats, Kernel
from app.reading.statistics.mrmc_or import FIXED_CASES, FIXED_READERS, ONE_READER, RANDOM

NAME = "Dorfman-Berbaum-Metz"


def pseudovalues(kernel: Kernel) -> Floats:
    """Return N theta - (N - 1) theta without the case, shape (modalities, readers, N cases)."""
    whole, left = kernel.performance, leave_one_out(kernel)
    cases = left.shape[1]
    left = left.reshape(*whole.shape, cases)
    return np.asarray(cases * whole[..., None] - (cases - 1) * left)


@dataclass(frozen=True, kw_only=True, eq=False)
class MeanSquares:
    """Mean squares of the modality (t) by reader (r) by case (c) table; NaN without freedom."""

    values: dict[str, float]
    sizes: tuple[int, int, int]
    means: Floats

    def components(self) -> dict[str, float]:
        """Return the variance components, unconstrained (Dorfman 1992)."""
        ms, (t, r, c) = self.values, self.sizes
        return {
            "reader": (ms["r"] - ms["tr"] - ms["rc"] + ms["trc"]) / (t * c),
            "case": (ms["c"] - ms["tc"] - ms["rc"] + ms["trc"]) / (t * r),
            "modality_reader": (ms["tr"] - ms["trc"]) / c,
            "modality_case": (ms["tc"] - ms["trc"]) / r,
            "reader_case": (ms["rc"] - ms["trc"]) / t,
            "modality_reader_case": ms["trc"],
        }


def mean_squares(values: Floats) -> MeanSquares:
    """Return the table of pseudovalues of shape (modalities, readers, cases)."""
    sizes = values.shape
    mean = values.mean()

    def effect(keep: tuple[int, ...]) -> Any:
        away = tuple(axis for axis in range(3) if axis not in keep)
        return values.mean(axis=away, keepdims=True) - mean

    one = {name: effect((axis,)) for axis, name in enumerate("trc")}
    two = {
        "tr": effect((0, 1)) - one["t"] - one["r"],
        "tc": effect((0, 2)) - one["t"] - one["c"],
        "rc": effect((1, 2)) - one["r"] - one["c"],
    }
    parts = {**one, **two}
    parts["trc"] = values - mean - sum(parts.values())
    at = dict(zip("trc", sizes, strict=True))
    found = {}
    for name, part in parts.items():
        df = math.prod(at[letter] - 1 for letter in name)
        squares = float((np.broadcast_to(part, sizes) ** 2).sum())
        found[name] = squares / df if df else math.nan
    return MeanSquares(values=found, sizes=sizes, means=values.mean(axis=(1, 2)))


def single(
    kernel: Kernel, modality: int, *, null: float = 0.5, alpha: float = 0.05
) -> dict[str, Estimate]:
    """Return the reader-mean of one modality from its pseudovalues alone, by population."""
    values = pseudovalues(Kernel(values=kernel.values[[modality]], sampled=kernel.sampled))[0]
    r, c = values.shape
    mean = float(values.mean())
    by_r, by_c = values.mean(axis=1), values.mean(axis=0)
    ms_c = float(r * by_c.var(ddof=1))
    fixed = estimate(NAME, mean, ms_c / (r * c), df=c - 1, null=null, alpha=alpha)
    if r < 2:
        words = not_estimable(NAME, ONE_READER, value=mean, null=null)
        return {RANDOM: words, FIXED_READERS: fixed, FIXED_CASES: words}
    ms_r = float(c * by_r.var(ddof=1))
    rest = values - by_r[:, None] - by_c[None, :] + mean
    ms_rc = float((rest**2).sum() / ((r - 1) * (c - 1)))
    parts = {
        "ms_reader": ms_r,
        "ms_case": ms_c,
        "ms_reader_case": ms_rc,
        "reader": (ms_r - ms_rc) / c,
        "case": (ms_c - ms_rc) / r,
    }
    total = ms_r + max(ms_c - ms_rc, 0.0)
    df = satterthwaite(total, [(ms_r, r - 1)])
    scale = r * c
    return {
        RANDOM: estimate(NAME, mean, total / scale, df=df, null=null, alpha=alpha, parts=parts),
        FIXED_READERS: fixed,
        FIXED_CASES: estimate(
            NAME, mean, ms_r / scale, df=r - 1, null=null, alpha=alpha, parts=parts
        ),
    }


def _errors(table: MeanSquares) -> dict[str, tuple[float, float | None]]:
    ms, (t, r, c) = table.values, table.sizes
    errors: dict[str, tuple[float, float | None]] = {FIXED_READERS: (ms["tc"], (t - 1) * (c - 1))}
    if r > 1:
        df = (t - 1) * (r - 1)
        total = ms["tr"] + max(ms["tc"] - ms["trc"], 0.0)
        errors[RANDOM] = total, satterthwaite(total, [(ms["tr"], df)])
        errors[FIXED_CASES] = ms["tr"], df
    return errors


def _parts(table: MeanSquares) -> dict[str, Any]:
    return {"mean_squares": table.values, "components": table.components()}


def overall(table: MeanSquares) -> dict[str, FTest]:
    """Return the test that all modalities perform the same, by population."""
    lacking = FTest(method=NAME, reason=ONE_READER)
    tests = {
        population: f_test(NAME, table.values["t"], error, table.sizes[0] - 1, df, _parts(table))
        for population, (error, df) in _errors(table).items()
    }
    return {RANDOM: lacking, FIXED_CASES: lacking, **tests}


def difference(
    table: MeanSquares, first: int, second: int, *, alpha: float = 0.05
) -> dict[str, Estimate]:
    """Return mean(first) - mean(second) by population."""
    value = float(table.means[first] - table.means[second])
    _, r, c = table.sizes
    errors = _errors(table)
    found = {}
    for population in (RANDOM, FIXED_READERS, FIXED_CASES):
        if population in errors:
            error, df = errors[population]
            found[population] = estimate(
                NAME, value, 2 * error / (r * c), df=df, null=0.0, alpha=alpha, parts=_parts(table)
            )
        else:
            found[population] = not_estimable(NAME, ONE_READER, value=value, null=0.0)
    return found
