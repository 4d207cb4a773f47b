"""The whole analysis of a completed reading, one value per section of the report."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from app.reading.ratings import CompletedReading, Nearest, Rating
from app.reading.statistics import agreement, cases, choice
from app.reading.statistics.agreement import Repeats
from app.reading.statistics.calibration import Calibration, calibration
from app.reading.statistics.estimate import Estimate
from app.reading.statistics.grid import (
    Grid,
    accuracy_kernel,
    auc_kernel,
    by_group,
    grid_of,
    scale_of,
    sensitivity_kernel,
    specificity_kernel,
    threshold_of,
)
from app.reading.statistics.order import (
    OrderEffects,
    TimeEffects,
    is_right,
    order_effects,
    time_effects,
)
from app.reading.statistics.panel import (
    Comparison,
    Overall,
    Panel,
    compare,
    overall,
    panel_of,
)
from app.reading.statistics.single_reader import (
    Detection,
    Proportion,
    Roc,
    Times,
    auc_delong,
    detection,
    holm,
    proportion,
    roc,
    times,
)

ENDPOINTS = {
    "auc": auc_kernel,
    "accuracy": accuracy_kernel,
    "sensitivity": sensitivity_kernel,
    "specificity": specificity_kernel,
}


@dataclass(frozen=True, kw_only=True)
class Data:
    """What was analysed."""

    modalities: tuple[str, ...]
    readers: tuple[str, ...]
    ratings: int
    repeats: int
    positive_cases: int
    negative_cases: int
    missing: int
    crossed: bool
    threshold: float
    threshold_from: str
    scale: tuple[float, float]
    alpha: float


@dataclass(frozen=True, kw_only=True)
class ReaderResult:
    """One reader in one modality."""

    reader: str
    modality: str
    positives: int
    negatives: int
    auc: Estimate
    p_holm: float | None
    accuracy: Proportion
    sensitivity: Proportion
    specificity: Proportion
    detection: Detection
    roc: Roc | None
    calibration: Calibration | None
    times: Times


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Agreement of the readers of one modality; correlations follow the order of `readers`."""

    modality: str
    readers: tuple[str, ...]
    fleiss_kappa: Estimate
    gwet_ac1: Estimate
    icc_single: Estimate
    icc_mean: Estimate
    correlations: list[list[float | None]]


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """A generated case and the training image nearest to it."""

    case: str
    called: Proportion
    nearest: Nearest


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """Everything that is estimated; `panel`, `comparisons` and `groups` are by endpoint."""

    data: Data
    readers: tuple[ReaderResult, ...]
    panel: dict[str, list[Panel]]
    overall: dict[str, Overall]
    comparisons: dict[str, list[Comparison]]
    groups: dict[str, list[Comparison]]
    choices: list[choice.Choices]
    agreement: list[Agreement]
    repeats: list[Repeats]
    order: OrderEffects | None
    time: TimeEffects | None
    difficulty: list[cases.Difficulty]
    artefacts: list[cases.Artefacts]
    neighbours: list[Neighbour]


def analyse(reading: CompletedReading) -> Analysis:
    """Return every estimate for a completed reading; what can't be estimated says why."""
    grid = grid_of(reading)
    threshold, alpha = threshold_of(reading), reading.alpha
    first = [r for r in reading.ratings if not r.repeat]
    difficulty = cases.difficulty(first, threshold, alpha=alpha)
    modalities = reading.modalities
    chosen = [
        choice.choices(reading.choices, m, margin=reading.margin, alpha=alpha) for m in modalities
    ]
    return Analysis(
        data=_data(reading, grid),
        readers=tuple(r for m in range(len(grid.modalities)) for r in _readers(reading, grid, m)),
        panel={n: _panel(reading, grid, n, k) for n, k in ENDPOINTS.items()},
        overall={
            n: overall(grid, k, alpha=alpha) for n, k in ENDPOINTS.items() if len(modalities) > 1
        },
        comparisons={n: _compare(reading, grid, k) for n, k in ENDPOINTS.items()},
        groups={n: _groups(reading, k) for n, k in ENDPOINTS.items()},
        choices=[c for c in chosen if c is not None],
        agreement=[_agreement(grid, m, alpha) for m in range(len(modalities)) if first],
        repeats=agreement.repeats(reading.ratings, threshold, alpha=alpha),
        order=order_effects(reading.ratings, threshold, alpha=alpha),
        time=time_effects(reading.ratings, threshold, alpha=alpha),
        difficulty=difficulty,
        artefacts=cases.artefacts(first, reading.cases, alpha=alpha),
        neighbours=[
            Neighbour(case=d.case, called=d.called, nearest=near)
            for d in difficulty
            if d.case in reading.cases and (near := reading.cases[d.case].nearest) is not None
        ],
    )


def _data(reading: CompletedReading, grid: Grid) -> Data:
    origin = "given" if reading.threshold is not None else "the middle of the scale"
    if reading.threshold is None and threshold_of(reading) != sum(scale_of(reading)) / 2:
        origin = "the median of all ratings"
    if all(r.called is not None for r in reading.ratings):
        origin = "not used: every answer carries its own call"
    return Data(
        modalities=grid.modalities,
        readers=grid.readers,
        ratings=sum(not r.repeat for r in reading.ratings),
        repeats=sum(r.repeat for r in reading.ratings),
        positive_cases=int(grid.truth.sum()),
        negative_cases=int((~grid.truth).sum()),
        missing=grid.missing,
        crossed=grid.crossed,
        threshold=threshold_of(reading),
        threshold_from=origin,
        scale=scale_of(reading),
        alpha=reading.alpha,
    )


def _panel(
    reading: CompletedReading, grid: Grid, endpoint: str, kernel: Callable[[Grid], Any]
) -> list[Panel]:
    # The margin is one around chance; sensitivity alone has no chance level.
    margin = reading.margin if endpoint in ("auc", "accuracy") else None
    return [
        panel_of(grid.of([m]), kernel, margin=margin, alpha=reading.alpha)
        for m in grid.modalities
        if len(grid.cases)
    ]


def _compare(
    reading: CompletedReading, grid: Grid, kernel: Callable[[Grid], Any]
) -> list[Comparison]:
    pairs = list(combinations(grid.modalities, 2))
    found = [
        compare(grid, pair, kernel, margin=reading.margin, alpha=reading.alpha) for pair in pairs
    ]
    adjusted = holm([c.primary.p for c in found])
    return [replace(c, p_holm=p) for c, p in zip(found, adjusted, strict=True)]


def _groups(reading: CompletedReading, kernel: Callable[[Grid], Any]) -> list[Comparison]:
    found = []
    for modality in reading.modalities:
        grouped = by_group(reading, modality)
        if grouped is not None:
            rows = _compare(grouped, grid_of(grouped), kernel)
            found += [replace(c, within=modality) for c in rows]
    return found


def _readers(reading: CompletedReading, grid: Grid, m: int) -> list[ReaderResult]:
    part = grid.of([grid.modalities[m]])
    if not part.cases:
        return []
    kernel = auc_kernel(part)
    aucs = [auc_delong(kernel, 0, i, alpha=reading.alpha) for i in range(len(part.readers))]
    adjusted = holm([a.p for a in aucs])
    return [
        _reader(reading, part, i, auc, p)
        for i, (auc, p) in enumerate(zip(aucs, adjusted, strict=True))
    ]


def _reader(
    reading: CompletedReading, part: Grid, i: int, auc: Estimate, p_holm: float | None
) -> ReaderResult:
    scores, calls = part.scores[0, i], part.calls[0, i]
    seen = ~np.isnan(scores)
    positive, negative = seen & part.truth, seen & ~part.truth
    hits, alarms = int(calls[positive].sum()), int(calls[negative].sum())
    count = int(positive.sum()), int(negative.sum())
    rows = _rows(reading, part.readers[i], part.modalities[0])
    alpha = reading.alpha
    correct = hits + count[1] - alarms
    return ReaderResult(
        reader=part.readers[i],
        modality=part.modalities[0],
        positives=count[0],
        negatives=count[1],
        auc=auc,
        p_holm=p_holm,
        accuracy=proportion(correct, sum(count), alpha=alpha),
        sensitivity=proportion(hits, count[0], null=None, alpha=alpha),
        specificity=proportion(count[1] - alarms, count[1], null=None, alpha=alpha),
        detection=detection(hits, count[0], alarms, count[1], alpha=alpha),
        roc=roc(scores[positive], scores[negative]),
        calibration=_calibration(reading, rows),
        times=times(rows),
    )


def _rows(reading: CompletedReading, reader: str, modality: str) -> list[Rating]:
    return [
        r
        for r in reading.ratings
        if r.reader == reader and not r.repeat and r.modality in (None, modality)
    ]


def _calibration(reading: CompletedReading, rows: list[Rating]) -> Calibration | None:
    threshold = threshold_of(reading)
    given = [r.confidence for r in rows]
    return calibration(
        np.array([r.rating for r in rows]),
        np.array([r.truth for r in rows], dtype=np.bool_),
        np.array([is_right(r, threshold) for r in rows], dtype=np.bool_),
        scale_of(reading),
        threshold,
        np.array(given, dtype=float) if None not in given else None,
        alpha=reading.alpha,
    )


def _agreement(grid: Grid, m: int, alpha: float) -> Agreement:
    part = grid.of([grid.modalities[m]])
    single, mean = agreement.intraclass(part.scores[0], alpha=alpha)
    return Agreement(
        modality=grid.modalities[m],
        readers=part.readers,
        fleiss_kappa=agreement.fleiss_kappa(part.calls[0], alpha=alpha),
        gwet_ac1=agreement.gwet_ac1(part.calls[0], alpha=alpha),
        icc_single=single,
        icc_mean=mean,
        correlations=agreement.correlations(part.scores[0]),
    )
