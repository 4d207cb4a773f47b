"""Linear and logistic regression with errors clustered by reader and by case.

Source of the two-way clustered covariance: Cameron, Gelbach & Miller, J Bus Econ Stat 29 (2011)
238. Intervals use t with the smaller number of clusters less one degrees of freedom.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from app.reading.statistics.estimate import Estimate, estimate, not_estimable
from app.reading.statistics.grid import Floats


def dummies(labels: Sequence[str]) -> Floats:
    """Return one 0/1 column per distinct label, shape (rows, labels)."""
    names = list(dict.fromkeys(labels))
    return np.array([[float(label == name) for name in names] for label in labels])


def linear(
    columns: Mapping[str, Floats],
    outcome: Floats,
    readers: Sequence[str],
    cases: Sequence[str],
    *,
    alpha: float = 0.05,
) -> dict[str, Estimate]:
    """Regress `outcome` on `columns` with an intercept for each reader."""
    design = _design(columns, readers)
    method = "linear regression, reader intercepts, errors clustered by reader and case"
    if (words := _deficient(design)) is not None:
        return {name: not_estimable(method, words) for name in columns}
    slopes: Floats = np.linalg.lstsq(design, outcome, rcond=None)[0].astype(np.float64)
    scores = design * (outcome - design @ slopes)[:, None]
    return _finish(method, columns, slopes, design.T @ design, scores, (readers, cases), alpha)


def logistic(
    columns: Mapping[str, Floats],
    outcome: Floats,
    readers: Sequence[str],
    cases: Sequence[str],
    *,
    alpha: float = 0.05,
) -> dict[str, Estimate]:
    """Regress 0/1 `outcome` on `columns` with an intercept per reader; values are log odds ratios.

    Readers who always gave the same outcome tell nothing and are left out.
    """
    method = "logistic regression, reader intercepts, errors clustered by reader and case"
    by_reader = {name: outcome[np.array([r == name for r in readers])] for name in set(readers)}
    mixed = np.array([0 < by_reader[r].mean() < 1 for r in readers], dtype=bool)
    if not mixed.any():
        return {name: not_estimable(method, "all answers are alike") for name in columns}
    kept = [r for r, keep in zip(readers, mixed, strict=True) if keep]
    kept_cases = [c for c, keep in zip(cases, mixed, strict=True) if keep]
    design = _design({k: v[mixed] for k, v in columns.items()}, kept)
    if (words := _deficient(design)) is not None:
        return {name: not_estimable(method, words) for name in columns}
    slopes = np.zeros(design.shape[1])
    for _ in range(30):
        fitted = 1 / (1 + np.exp(-design @ slopes))
        information = design.T @ (design * (fitted * (1 - fitted))[:, None])
        if np.linalg.cond(information) > 1e12:
            break
        step = np.linalg.solve(information, design.T @ (outcome[mixed] - fitted))
        slopes = slopes + step
        if np.abs(slopes).max() > 20:
            break
        if np.abs(step).max() < 1e-9:
            fitted = 1 / (1 + np.exp(-design @ slopes))
            scores = design * (outcome[mixed] - fitted)[:, None]
            return _finish(method, columns, slopes, information, scores, (kept, kept_cases), alpha)
    words = "the outcome can be predicted perfectly, so the fit has no end"
    return {name: not_estimable(method, words) for name in columns}


def _design(columns: Mapping[str, Floats], readers: Sequence[str]) -> Floats:
    return np.column_stack([*columns.values(), dummies(readers)])


def _deficient(design: Floats) -> str | None:
    if len(design) <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        return "there are too few trials, or a factor does not vary"
    return None


def _finish(
    method: str,
    columns: Mapping[str, Floats],
    slopes: Floats,
    information: Floats,
    scores: Floats,
    clusters: tuple[Sequence[str], Sequence[str]],
    alpha: float,
) -> dict[str, Estimate]:
    inverse = np.linalg.inv(information)
    both = [f"{a}\0{b}" for a, b in zip(*clusters, strict=True)]
    sizes = [len(set(labels)) for labels in (*clusters, both)]
    meats = [_meat(scores, labels) for labels in (*clusters, both)]
    # One reader is no sample of readers: then only cases are clusters.
    meat = meats[1] if sizes[0] < 2 else meats[0] + meats[1] - meats[2]
    least = np.maximum(np.diag(inverse @ meats[1] @ inverse), 0)
    if sizes[0] >= 2:
        least = np.maximum(least, np.diag(inverse @ meats[0] @ inverse))
    variances = np.diag(inverse @ meat @ inverse)
    variances = np.where(variances > 0, variances, least)
    df = min(size for size in sizes[:2] if size > 1) - 1 if max(sizes[:2]) > 1 else None
    return {
        name: estimate(method, float(b), float(v), df=df, null=0.0, alpha=alpha)
        for name, b, v in zip(columns, slopes, variances, strict=False)
    }


def _meat(scores: Floats, labels: Sequence[str]) -> Floats:
    names, index = np.unique(np.array(labels), return_inverse=True)
    sums = np.zeros((len(names), scores.shape[1]))
    np.add.at(sums, index, scores)
    factor = len(names) / (len(names) - 1) if len(names) > 1 else 1.0
    return np.asarray(sums.T @ sums * factor)


def odds_ratio(found: Estimate) -> tuple[float, float, float] | None:
    """Return the odds ratio with its interval; None where not estimable."""
    if found.value is None or found.low is None or found.high is None:
        return None
    low, value, high = np.exp(np.clip([found.low, found.value, found.high], -50, 50)).tolist()
    return value, low, high
