"""Agreement between readers, and of readers with themselves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import stats

from app.reading.ratings import Rating
from app.reading.statistics.estimate import Estimate, estimate, not_estimable
from app.reading.statistics.grid import Floats


def fleiss_kappa(answers: Floats, *, alpha: float = 0.05) -> Estimate:
    """Return Fleiss' kappa for answers of shape (readers, cases), NaN where there is none.

    Sources: Fleiss, Psychol Bull 76 (1971) 378; variance and missing answers: Gwet, Br J Math
    Stat Psychol 61 (2008) 29.
    """
    return _chance_corrected("Fleiss' kappa", answers, alpha)


def gwet_ac1(answers: Floats, *, alpha: float = 0.05) -> Estimate:
    """Return Gwet's AC1 for answers of shape (readers, cases), NaN where there is none.

    Source: Gwet, Br J Math Stat Psychol 61 (2008) 29.
    """
    return _chance_corrected("Gwet's AC1", answers, alpha)


def _chance_corrected(name: str, answers: Floats, alpha: float) -> Estimate:
    categories = np.unique(answers[~np.isnan(answers)])
    if len(answers) < 2 or len(categories) < 2:
        words = "one reader" if len(answers) < 2 else "all answers are the same"
        return not_estimable(name, f"{words}: there is no agreement to measure")
    counts = (answers[:, :, None] == categories).sum(axis=0).astype(float)  # cases, categories
    raters = counts.sum(axis=1)
    counts, raters = counts[raters > 0], raters[raters > 0]
    several = raters >= 2
    if not several.any():
        return not_estimable(name, "no case was answered by two readers")
    share = (counts / raters[:, None]).mean(axis=0)
    pairs = np.maximum(raters * (raters - 1), 1)
    agreed = (counts * (counts - 1)).sum(axis=1) / pairs
    observed = float(agreed[several].mean())
    if name == "Fleiss' kappa":
        chance = float((share**2).sum())
        own_chance = (counts / raters[:, None]) @ share
    else:
        chance = float((share * (1 - share)).sum() / (len(categories) - 1))
        own_chance = (counts / raters[:, None]) @ (1 - share) / (len(categories) - 1)
    value = (observed - chance) / (1 - chance)
    n = len(counts)
    own = np.where(several, n / several.sum() * (agreed - chance) / (1 - chance), 0.0)
    own = own - 2 * (1 - value) * (own_chance - chance) / (1 - chance)
    variance = float(((own - value) ** 2).sum() / (n * (n - 1))) if n > 1 else math.nan
    parts = {"observed_agreement": observed, "chance_agreement": chance, "cases": n}
    df = n - 1 if n > 1 else None
    found = estimate(name, value, variance, df=df, null=0.0, alpha=alpha, parts=parts)
    if found.low is None or found.high is None:
        return found
    return replace(found, low=max(found.low, -1.0), high=min(found.high, 1.0))


def intraclass(ratings: Floats, *, alpha: float = 0.05) -> tuple[Estimate, Estimate]:
    """Return ICC(2,1) and ICC(2,k), absolute agreement, readers and cases random.

    `ratings` has shape (readers, cases); cases not rated by all are left out. Sources: Shrout &
    Fleiss, Psychol Bull 86 (1979) 420; intervals: McGraw & Wong, Psychol Methods 1 (1996) 30.
    """
    whole = ratings[:, ~np.isnan(ratings).any(axis=0)]
    k, n = whole.shape
    names = "ICC(2,1)", f"ICC(2,{k})"
    if k < 2 or n < 2:
        words = "two readers and two cases rated by all of them are needed"
        return not_estimable(names[0], words), not_estimable(names[1], words)
    mean = whole.mean()
    by_case, by_reader = whole.mean(axis=0), whole.mean(axis=1)
    ms_case = float(k * by_case.var(ddof=1))
    ms_reader = float(n * by_reader.var(ddof=1))
    rest = whole - by_case[None, :] - by_reader[:, None] + mean
    ms_error = float((rest**2).sum() / ((n - 1) * (k - 1)))
    below = ms_case + (k - 1) * ms_error + k * (ms_reader - ms_error) / n
    if below <= 0 or ms_case == ms_error == 0:
        words = "ratings are constant"
        return not_estimable(names[0], words), not_estimable(names[1], words)
    value = (ms_case - ms_error) / below
    parts = {"ms_case": ms_case, "ms_reader": ms_reader, "ms_error": ms_error, "cases": n}
    bounds = _icc_bounds(value, ms_case, ms_reader, ms_error, n, k, alpha)
    found = []
    for name, change in zip(names, (1, k), strict=True):

        def stepped(single: float, change: int = change) -> float | None:
            below = 1 + (change - 1) * single
            return change * single / below if below > 1e-12 else None

        interval: dict[str, Any] = {}
        ends = [stepped(bound) for bound in bounds] if bounds else [None]
        known = [end for end in ends if end is not None]
        if len(known) == 2:
            interval = {"low": min(known), "high": max(known), "level": 1 - alpha}
        reason = None if interval else "readers agree perfectly, or not at all: no interval"
        found.append(
            Estimate(method=name, value=stepped(value), parts=parts, reason=reason, **interval)
        )
    return found[0], found[1]


def _icc_bounds(
    value: float, case: float, reader: float, error: float, n: int, k: int, alpha: float
) -> tuple[float, float] | None:
    if value >= 1 or error <= 0:
        return None
    a = k * value / (n * (1 - value))
    b = 1 + k * value * (n - 1) / (n * (1 - value))
    below = (a * reader) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
    if below <= 0:
        return None
    v = (a * reader + b * error) ** 2 / below
    lower_f = float(stats.f.ppf(1 - alpha / 2, n - 1, v))
    upper_f = float(stats.f.ppf(1 - alpha / 2, v, n - 1))
    mixed = k * reader + (k * n - k - n) * error
    low = n * (case - lower_f * error) / (lower_f * mixed + n * case)
    high = n * (upper_f * case - error) / (mixed + n * upper_f * case)
    return low, high


def correlations(ratings: Floats) -> list[list[float | None]]:
    """Return Spearman's correlation of each pair of readers over the cases both rated."""
    count = len(ratings)
    varied = np.ptp(ratings, axis=1).all() if ratings.shape[1] else False
    if count > 1 and ratings.shape[1] > 2 and not np.isnan(ratings).any() and varied:
        ranked: Floats = np.asarray(np.corrcoef(stats.rankdata(ratings, axis=1)))
        return [[float(ranked[i, j]) for j in range(count)] for i in range(count)]
    matrix: list[list[float | None]] = [[1.0] * count for _ in range(count)]
    for i in range(count):
        for j in range(i):
            both = ~np.isnan(ratings[i]) & ~np.isnan(ratings[j])
            one, other = ratings[i, both], ratings[j, both]
            constant = len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0
            value = None if constant else float(stats.spearmanr(one, other).statistic)
            matrix[i][j] = matrix[j][i] = value
    return matrix


@dataclass(frozen=True, kw_only=True)
class Repeats:
    """Hidden second showings of one reader (or of all: reader None)."""

    reader: str | None
    cases: int
    same_call: float | None
    kappa: Estimate
    icc: Estimate
    mean_difference: float | None
    sd_difference: float | None


def repeats(rows: Sequence[Rating], threshold: float, *, alpha: float = 0.05) -> list[Repeats]:
    """Return how each reader agreed with the own first answer, then all readers together."""
    first = {(r.reader, r.modality, r.case): r for r in rows if not r.repeat}
    pairs = [
        (first[key], row)
        for row in rows
        if row.repeat and (key := (row.reader, row.modality, row.case)) in first
    ]
    if not pairs:
        return []
    readers: list[str | None] = [*dict.fromkeys(a.reader for a, _ in pairs)]
    return [
        _repeated(name, [p for p in pairs if name in (None, p[0].reader)], threshold, alpha)
        for name in [*readers, None]
    ]


def _repeated(
    reader: str | None, pairs: list[tuple[Rating, Rating]], threshold: float, alpha: float
) -> Repeats:
    ratings = np.array([[a.rating, b.rating] for a, b in pairs]).T
    calls = np.array(
        [[r.rating > threshold if r.called is None else r.called for r in p] for p in pairs]
    ).T.astype(float)
    change = ratings[1] - ratings[0]
    return Repeats(
        reader=reader,
        cases=len(pairs),
        same_call=float((calls[0] == calls[1]).mean()),
        kappa=fleiss_kappa(calls, alpha=alpha),
        icc=intraclass(ratings, alpha=alpha)[0]
        if len(pairs) >= 5
        else not_estimable("ICC(2,1)", "fewer than five repeats"),
        mean_difference=float(change.mean()),
        sd_difference=float(change.std(ddof=1)) if len(change) > 1 else None,
    )
