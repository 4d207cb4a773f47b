"""Equivalence by two one-sided tests (Schuirmann, J Pharmacokinet Biopharm 15 (1987) 657)."""

from dataclasses import dataclass
from typing import Any

from app.reading.statistics.estimate import Estimate, below, quantile


@dataclass(frozen=True, kw_only=True)
class Equivalence:
    """Whether the 1 - 2 alpha interval of a value lies within centre +- margin."""

    method: str
    centre: float
    margin: float
    alpha: float
    value: float | None = None
    low: float | None = None
    high: float | None = None
    p_lower: float | None = None
    p_upper: float | None = None
    p: float | None = None
    equivalent: bool | None = None
    reason: str | None = None


def tost(found: Estimate, centre: float, margin: float, *, alpha: float = 0.05) -> Equivalence:
    """Test `found` against centre - margin and centre + margin, each at level alpha.

    `p` is the larger of the two; below alpha the value is equivalent to `centre`, which is the
    same as the 1 - 2 alpha interval lying inside the margins. A t or normal law as in `found`.
    """
    shared: dict[str, Any] = {"centre": centre, "margin": margin, "alpha": alpha}
    method = f"two one-sided tests on {found.method}"
    if found.value is None or found.se is None:
        reason = found.reason or "the value has no standard error"
        return Equivalence(method=method, value=found.value, reason=reason, **shared)
    df = found.parts.get("df_used", found.df)
    reach = quantile(1 - alpha, df) * found.se
    lower = below(-(found.value - (centre - margin)) / found.se, df)
    upper = below((found.value - (centre + margin)) / found.se, df)
    p = max(lower, upper)
    return Equivalence(
        method=method,
        value=found.value,
        low=found.value - reach,
        high=found.value + reach,
        p_lower=lower,
        p_upper=upper,
        p=p,
        equivalent=p < alpha,
        reason=found.reason,
        **shared,
    )
