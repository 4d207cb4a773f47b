"""One estimate with its uncertainty, and how it is written as JSON."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np
from scipy import special, stats

#: Variances smaller than this are rounding: ratings are proportions of at most 1e4 cases.
ROUNDING = 1e-14


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A value, its variance and degrees of freedom, interval and test; None is not estimable.

    `df` None means the normal distribution. `reason` says in words what could not be estimated.
    `parts` holds variance components and other intermediate numbers by name.
    """

    method: str
    value: float | None = None
    variance: float | None = None
    se: float | None = None
    df: float | None = None
    level: float | None = None
    low: float | None = None
    high: float | None = None
    null: float | None = None
    statistic: float | None = None
    p: float | None = None
    reason: str | None = None
    parts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shown(self) -> tuple[float, float] | None:
        """The interval as it is printed: of an area or a proportion, cut to 0..1."""
        if self.low is None or self.high is None:
            return None
        if self.null == 0.5:
            return max(self.low, 0.0), min(self.high, 1.0)
        return self.low, self.high

    @property
    def estimable(self) -> bool:
        """Whether the value has an interval."""
        return self.value is not None and self.low is not None


@dataclass(frozen=True, kw_only=True)
class FTest:
    """Test that all modalities perform the same; `df_denominator` None means infinite."""

    method: str
    statistic: float | None = None
    df_numerator: float | None = None
    df_denominator: float | None = None
    p: float | None = None
    reason: str | None = None
    parts: Mapping[str, Any] = field(default_factory=dict)


def f_test(
    method: str,
    treatment: float,
    error: float,
    df_numerator: float,
    df_denominator: float | None,
    parts: Mapping[str, Any] | None = None,
) -> FTest:
    """Return F = treatment / error, or the reason why it is not defined."""
    parts = {"mean_square_treatment": treatment, "mean_square_error": error, **(parts or {})}
    if not (math.isfinite(error) and error > ROUNDING):
        words = "the error term is zero or cannot be estimated: ratings are constant or perfect"
        return FTest(method=method, reason=words, parts=parts)
    statistic = treatment / error
    if df_denominator is None:
        p = float(stats.chi2.sf(statistic * df_numerator, df_numerator))
    else:
        p = float(stats.f.sf(statistic, df_numerator, df_denominator))
    return FTest(
        method=method,
        statistic=statistic,
        df_numerator=df_numerator,
        df_denominator=df_denominator,
        p=p,
        parts=parts,
    )


def satterthwaite(total: float, parts: Sequence[tuple[float, float]]) -> float | None:
    """Return total squared over the sum of part squared / df; None (infinite) if that is zero."""
    below = sum(part**2 / df for part, df in parts)
    return total**2 / below if below > 0 else None


def not_estimable(method: str, reason: str, **known: Any) -> Estimate:
    """Return an estimate of which only `known` is known, with the reason in words."""
    return Estimate(method=method, reason=reason, **known)


def quantile(level: float, df: float | None) -> float:
    """Return the quantile of Student's t, or of the normal distribution for df None."""
    return float(special.ndtri(level) if df is None else special.stdtrit(df, level))


def below(value: float, df: float | None) -> float:
    """Return the chance of less than `value` under Student's t, or the normal for df None."""
    return float(special.ndtr(value) if df is None else special.stdtr(df, value))


def estimate(
    method: str,
    value: float,
    variance: float,
    *,
    df: float | None = None,
    null: float | None = 0.5,
    alpha: float = 0.05,
    parts: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> Estimate:
    """Return value ± quantile x SE with the two-sided test of `null`.

    The t distribution is used with `df` degrees of freedom, the normal one without. A variance
    that is negative, zero or undefined leaves interval and test not estimable, in words.
    """
    parts = dict(parts or {})
    if not math.isfinite(value):
        return not_estimable(method, reason or "there are no data for it", parts=parts)
    words = reason or _why(variance, df)
    if words and not (math.isfinite(variance) and variance > ROUNDING and _valid(df)):
        known = variance if math.isfinite(variance) else None
        return not_estimable(method, words, value=value, variance=known, null=null, parts=parts)
    se = math.sqrt(variance)
    reach = quantile(1 - alpha / 2, df) * se
    statistic = None if null is None else (value - null) / se
    return Estimate(
        method=method,
        value=value,
        variance=variance,
        se=se,
        df=df,
        level=1 - alpha,
        low=value - reach,
        high=value + reach,
        null=null,
        statistic=statistic,
        p=None if statistic is None else 2 * below(-abs(statistic), df),
        reason=reason,
        parts=parts,
    )


def _valid(df: float | None) -> bool:
    return df is None or (math.isfinite(df) and df > 0)


def _why(variance: float, df: float | None) -> str | None:
    if not math.isfinite(variance):
        return "the variance cannot be estimated from these data"
    if variance < -ROUNDING:
        return f"the variance estimate is negative ({variance:.3g})"
    if variance <= ROUNDING:
        return "the variance estimate is zero: ratings are constant or separate perfectly"
    return None if _valid(df) else "there are no degrees of freedom"


def as_json(value: Any) -> Any:
    """Return `value` made of dicts, lists, strings, finite numbers and None only.

    Dataclass fields that are None or empty are left out, but for `value` of an estimate.
    """
    if is_dataclass(value) and not isinstance(value, type):
        pairs = {f.name: as_json(getattr(value, f.name)) for f in fields(value)}
        return {k: v for k, v in pairs.items() if v not in (None, {}, [], "") or k == "value"}
    if isinstance(value, Mapping):
        return {str(k): as_json(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return as_json(value.tolist())
    if isinstance(value, (list, tuple)):
        return [as_json(v) for v in value]
    if isinstance(value, np.generic):
        return as_json(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
