"""What changed along the reading: learning, and what an answer owes to the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from app.reading.ratings import Rating
from app.reading.statistics.estimate import Estimate
from app.reading.statistics.regression import linear, logistic
from app.reading.statistics.single_reader import Proportion, proportion


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Answers of all readers to their trials `first` to `last`."""

    first: int
    last: int
    right: Proportion


@dataclass(frozen=True, kw_only=True)
class OrderEffects:
    """Learning and serial dependence; the estimates are log odds ratios.

    `learning` is for the whole reading, first to last trial. `previous_call` and
    `previous_truth` are effects of the trial before on calling this one positive, its own truth
    held constant.
    """

    stretches: tuple[Stretch, ...]
    learning: Estimate
    previous_call: Estimate
    previous_truth: Estimate


@dataclass(frozen=True, kw_only=True)
class TimeEffects:
    """Effects on the logarithm of the answer time: of truth, of being right, of the whole order."""

    positive: Estimate
    correct: Estimate
    order: Estimate


def is_right(row: Rating, threshold: float) -> bool:
    """Whether the call, given or made from the rating, agrees with truth."""
    return is_called(row, threshold) == row.truth


def is_called(row: Rating, threshold: float) -> bool:
    """Whether the case was called positive."""
    return row.rating > threshold if row.called is None else row.called


def order_effects(
    rows: Sequence[Rating], threshold: float, *, alpha: float = 0.05
) -> OrderEffects | None:
    """Return the effects of order; None where trials carry no order."""
    kept = sorted((r for r in rows if r.order is not None), key=lambda r: (r.reader, r.order or 0))
    if not kept:
        return None
    right = np.array([is_right(r, threshold) for r in kept], dtype=float)
    called = np.array([is_called(r, threshold) for r in kept], dtype=float)
    learning = logistic(
        {"order": _whole(kept)},
        right,
        [r.reader for r in kept],
        [r.case for r in kept],
        alpha=alpha,
    )
    follows = [
        i
        for i in range(1, len(kept))
        if kept[i].reader == kept[i - 1].reader
        and kept[i].session == kept[i - 1].session
        and (kept[i].order or 0) - (kept[i - 1].order or 0) == 1
    ]
    before = [i - 1 for i in follows]
    truth = np.array([r.truth for r in kept], dtype=float)
    serial = logistic(
        {"call": called[before], "truth": truth[before], "own": truth[follows]},
        called[follows],
        [kept[i].reader for i in follows],
        [kept[i].case for i in follows],
        alpha=alpha,
    )
    return OrderEffects(
        stretches=_stretches(kept, right, alpha),
        learning=learning["order"],
        previous_call=serial["call"],
        previous_truth=serial["truth"],
    )


def _whole(rows: Sequence[Rating]) -> np.ndarray:
    """Return the order scaled to 0 (a reader's first trial) .. 1 (the last of any reader)."""
    orders = np.array([r.order or 0 for r in rows], dtype=float)
    span = orders.max() - orders.min()
    return np.asarray((orders - orders.min()) / (span or 1.0))


def _stretches(rows: Sequence[Rating], right: np.ndarray, alpha: float) -> tuple[Stretch, ...]:
    orders = np.array([r.order or 0 for r in rows])
    edges = np.unique(np.linspace(1, orders.max() + 1, 11).round().astype(int))
    found = []
    for first, end in pairwise(edges):
        own = (orders >= first) & (orders < end)
        share = proportion(int(right[own].sum()), int(own.sum()), alpha=alpha)
        found.append(Stretch(first=int(first), last=int(end) - 1, right=share))
    return tuple(found)


def time_effects(
    rows: Sequence[Rating], threshold: float, *, alpha: float = 0.05
) -> TimeEffects | None:
    """Return what goes with longer answers, interrupted trials left out; None without times."""
    kept = [r for r in rows if r.seconds and not r.interrupted]
    if len(kept) < 3:
        return None
    found = linear(
        {
            "positive": np.array([r.truth for r in kept], dtype=float),
            "correct": np.array([is_right(r, threshold) for r in kept], dtype=float),
            **({"order": _whole(kept)} if all(r.order is not None for r in kept) else {}),
        },
        np.log([r.seconds or 1.0 for r in kept]),
        [r.reader for r in kept],
        [r.case for r in kept],
        alpha=alpha,
    )
    lacking = Estimate(method="linear regression", reason="the trials carry no order")
    return TimeEffects(
        positive=found["positive"], correct=found["correct"], order=found.get("order", lacking)
    )
