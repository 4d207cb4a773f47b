"""One endpoint over the panel of readers: a modality alone, two compared, all tested at once."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from app.reading.statistics import dbm, mrmc_gallas, mrmc_or
from app.reading.statistics.covariance import METHODS
from app.reading.statistics.equivalence import Equivalence, tost
from app.reading.statistics.estimate import Estimate, FTest, estimate, not_estimable
from app.reading.statistics.grid import Floats, Grid, Kernel
from app.reading.statistics.mrmc_or import FIXED_CASES, FIXED_READERS, RANDOM
from app.reading.statistics.single_reader import Roc, auc_delong, holm, mean_roc, roc

POPULATIONS = (RANDOM, FIXED_READERS, FIXED_CASES)
#: The covariance method of the primary analysis.
PRIMARY = "delong"
NOT_CROSSED = "not every reader rated every case of both modalities; see the U-statistics"


@dataclass(frozen=True, kw_only=True)
class Panel:
    """The readers' mean in one modality, by method and population.

    `primary` is Obuchowski-Rockette with DeLong covariances, readers (when there are several)
    and cases random; `equivalence` tests it against chance. `pooled_rating` is the AUC of the
    mean rating of all readers, which shows cues that only some readers use the right way round.
    """

    modality: str
    performance: dict[str, float | None]
    reader_sd: float | None
    primary: Estimate
    equivalence: Equivalence | None
    obuchowski_rockette: dict[str, dict[str, Estimate]]
    dorfman_berbaum_metz: dict[str, Estimate]
    gallas: Estimate
    pooled_rating: Estimate
    roc: Roc | None


@dataclass(frozen=True, kw_only=True)
class ReaderDifference:
    """First - second of one reader, with DeLong's test."""

    reader: str
    difference: Estimate
    p_holm: float | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """First - second of two modalities or reader groups (then `within` names the modality)."""

    first: str
    second: str
    primary: Estimate
    equivalence: Equivalence | None
    obuchowski_rockette: dict[str, dict[str, Estimate]]
    dorfman_berbaum_metz: dict[str, Estimate]
    gallas: Estimate
    readers: tuple[ReaderDifference, ...] = ()
    p_holm: float | None = None
    within: str | None = None


@dataclass(frozen=True, kw_only=True)
class Overall:
    """The test that all modalities perform the same, by method and population."""

    obuchowski_rockette: dict[str, dict[str, FTest]]
    dorfman_berbaum_metz: dict[str, FTest]
    differences: tuple["PooledDifference", ...] = ()


@dataclass(frozen=True, kw_only=True)
class PooledDifference:
    """First - second with the error term of all modalities (Hillis 2007), by method, population."""

    first: str
    second: str
    obuchowski_rockette: dict[str, dict[str, Estimate]]


def _lacking(method: str, words: str, value: float | None = None) -> dict[str, Estimate]:
    return {p: not_estimable(method, words, value=value) for p in POPULATIONS}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def panel_of(
    grid: Grid,
    kernel_of: Callable[[Grid], Kernel],
    *,
    margin: float | None = None,
    alpha: float = 0.05,
) -> Panel:
    """Return one endpoint of a grid of one modality."""
    kernel = kernel_of(grid)
    performance = kernel.performance[0]
    known = performance[np.isfinite(performance)]
    mean = _finite(known.mean()) if len(known) else None
    words = kernel.too_few
    if words is None and len(known) < len(performance):
        words = "a reader rated no case of one class; see the U-statistics"
    if words:
        classic = {name: _lacking(mrmc_or.NAME, words, mean) for name in METHODS}
        pseudo = _lacking(dbm.NAME, words, mean)
    else:
        classic = {
            n: mrmc_or.single(performance, f(kernel), alpha=alpha) for n, f in METHODS.items()
        }
        pseudo = dbm.single(kernel, 0, alpha=alpha)
    # With one reader the conclusion can only be about this reader.
    primary = classic[PRIMARY][RANDOM if len(performance) > 1 else FIXED_READERS]
    curves = [_roc(grid, i) for i in range(len(grid.readers))]
    return Panel(
        modality=grid.modalities[0],
        performance=dict(zip(grid.readers, map(_finite, performance), strict=True)),
        reader_sd=float(known.std(ddof=1)) if len(known) > 1 else None,
        primary=primary,
        equivalence=None if margin is None else tost(primary, 0.5, margin, alpha=alpha),
        obuchowski_rockette=classic,
        dorfman_berbaum_metz=pseudo,
        gallas=mrmc_gallas.single(kernel, 0, alpha=alpha),
        pooled_rating=_pooled(grid, kernel_of, alpha),
        roc=mean_roc([c for c in curves if c is not None]),
    )


def _roc(grid: Grid, reader: int) -> Roc | None:
    scores = grid.scores[0, reader]
    seen = ~np.isnan(scores)
    return roc(scores[seen & grid.truth], scores[seen & ~grid.truth])


def _pooled(grid: Grid, kernel_of: Callable[[Grid], Kernel], alpha: float) -> Estimate:
    """Treat the mean over readers (of ratings; of calls, the majority) as one more reader."""
    pooled = Grid(
        modalities=grid.modalities,
        readers=("mean of all readers",),
        cases=grid.cases,
        truth=grid.truth,
        scores=np.nanmean(grid.scores, axis=1, keepdims=True),
        calls=(np.nanmean(grid.calls, axis=1, keepdims=True) > 0.5).astype(float),
    )
    kernel = kernel_of(pooled)
    if kernel.sampled == (True, True):
        return auc_delong(kernel, 0, 0, alpha=alpha)
    words = kernel.too_few
    value = float(kernel.performance[0, 0])
    if words:
        return not_estimable("majority of readers", words, value=_finite(value))
    variance = float(METHODS["unbiased"](kernel)[0, 0])
    return estimate("majority of readers", value, variance, alpha=alpha)


def compare(
    grid: Grid,
    pair: tuple[str, str],
    kernel_of: Callable[[Grid], Kernel],
    *,
    margin: float | None = None,
    alpha: float = 0.05,
) -> Comparison:
    """Return first - second for two modalities, readers and cases paired or not."""
    part = grid.of(pair)
    kernel = kernel_of(part)
    read = part.read
    if read.all():
        classic, pseudo, own = _paired(part, kernel, alpha)
    elif not (read[0] & read[1]).any():
        classic = _nested(kernel, read, alpha)
        pseudo, own = _lacking(dbm.NAME, "different readers read the two"), ()
    else:
        words = "only some readers read both; see the U-statistics"
        classic, own = {name: _lacking(mrmc_or.NAME, words) for name in METHODS}, ()
        pseudo = _lacking(dbm.NAME, words)
    gallas = mrmc_gallas.difference(kernel, 0, 1, alpha=alpha)
    primary = classic[PRIMARY][RANDOM if min(read.sum(axis=1)) > 1 else FIXED_READERS]
    return Comparison(
        first=pair[0],
        second=pair[1],
        primary=primary,
        equivalence=None if margin is None else tost(primary, 0.0, margin, alpha=alpha),
        obuchowski_rockette=classic,
        dorfman_berbaum_metz=pseudo,
        gallas=gallas,
        readers=own,
    )


def _unknown(kernel: Kernel) -> str | None:
    return kernel.too_few or (
        None if np.isfinite(kernel.performance).all() else "a reader rated no case of one class"
    )


def _paired(
    part: Grid, kernel: Kernel, alpha: float
) -> tuple[dict[str, dict[str, Estimate]], dict[str, Estimate], tuple[ReaderDifference, ...]]:
    words = _unknown(kernel)
    if words:
        lacking = {name: _lacking(mrmc_or.NAME, words) for name in METHODS}
        return lacking, _lacking(dbm.NAME, words), ()
    performance = kernel.performance
    matrices = {name: method(kernel) for name, method in METHODS.items()}
    classic = {
        name: mrmc_or.difference(mrmc_or.anova(performance, m), 0, 1, alpha=alpha)
        for name, m in matrices.items()
    }
    pseudo = _lacking(dbm.NAME, NOT_CROSSED)
    if part.crossed:
        table = dbm.mean_squares(dbm.pseudovalues(kernel))
        pseudo = dbm.difference(table, 0, 1, alpha=alpha)
    return classic, pseudo, _reader_differences(part.readers, performance, matrices[PRIMARY], alpha)


def _reader_differences(
    readers: tuple[str, ...], performance: Floats, matrix: Floats, alpha: float
) -> tuple[ReaderDifference, ...]:
    r = len(readers)
    cov = matrix.reshape(2, r, 2, r)
    found = [
        estimate(
            "DeLong, paired",
            float(performance[0, i] - performance[1, i]),
            float(cov[0, i, 0, i] + cov[1, i, 1, i] - 2 * cov[0, i, 1, i]),
            null=0.0,
            alpha=alpha,
        )
        for i in range(r)
    ]
    adjusted = holm([e.p for e in found])
    return tuple(
        ReaderDifference(reader=name, difference=e, p_holm=p)
        for name, e, p in zip(readers, found, adjusted, strict=True)
    )


def _nested(kernel: Kernel, read: np.ndarray, alpha: float) -> dict[str, dict[str, Estimate]]:
    """Compare modalities read by different readers."""
    first, second = np.flatnonzero(read[0]), np.flatnonzero(read[1])
    performance = kernel.performance[0, first], kernel.performance[1, second]
    words = kernel.too_few
    if words is None and not all(np.isfinite(p).all() for p in performance):
        words = "a reader rated no case of one class"
    if words:
        return {name: _lacking(mrmc_or.NAME, words) for name in METHODS}
    rows = np.concatenate([first, read.shape[1] + second])
    flat = kernel.values.reshape(-1, *kernel.values.shape[2:])[rows]
    stacked = Kernel(values=flat[None], sampled=kernel.sampled)
    return {
        name: mrmc_or.difference_nested(performance, method(stacked), alpha=alpha)
        for name, method in METHODS.items()
    }


def overall(grid: Grid, kernel_of: Callable[[Grid], Kernel], *, alpha: float = 0.05) -> Overall:
    """Return the test that all modalities perform the same, and its differences of two."""
    kernel = kernel_of(grid)
    words = _unknown(kernel)
    if words is None and not grid.read.all():
        words = "not every reader read every modality"
    lacking = {p: FTest(method=dbm.NAME, reason=words or NOT_CROSSED) for p in POPULATIONS}
    if words:
        none = {p: FTest(method=mrmc_or.NAME, reason=words) for p in POPULATIONS}
        return Overall(
            obuchowski_rockette=dict.fromkeys(METHODS, none), dorfman_berbaum_metz=lacking
        )
    tables = {name: mrmc_or.anova(kernel.performance, m(kernel)) for name, m in METHODS.items()}
    return Overall(
        obuchowski_rockette={name: mrmc_or.overall(table) for name, table in tables.items()},
        differences=tuple(
            PooledDifference(
                first=grid.modalities[i],
                second=grid.modalities[j],
                obuchowski_rockette={
                    name: mrmc_or.difference(table, i, j, alpha=alpha)
                    for name, table in tables.items()
                },
            )
            for i, j in combinations(range(len(grid.modalities)), 2)
        ),
        dorfman_berbaum_metz=dbm.overall(dbm.mean_squares(dbm.pseudovalues(kernel)))
        if grid.crossed
        else lacking,
    )
