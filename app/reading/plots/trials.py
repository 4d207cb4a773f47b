"""Plots along the reading: learning, times."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from app.reading.plots.base import (
    INK,
    NEGATIVE,
    POSITIVE,
    SECOND,
    WIDTH,
    Drawing,
    Numbers,
    plot,
)
from app.reading.ratings import CompletedReading
from app.reading.statistics.analysis import Analysis
from app.reading.statistics.order import is_right


@plot
def learning(reading: CompletedReading, found: Analysis) -> Drawing | None:
    """Share of right answers along the reading."""
    if found.order is None:
        return None
    figure = Figure(figsize=(WIDTH, 2.4), layout="constrained")
    ax = figure.subplots()
    threshold = found.data.threshold
    for reader in found.data.readers:
        own = sorted(
            (r for r in reading.ratings if r.reader == reader and r.order),
            key=lambda r: r.order or 0,
        )
        right = np.cumsum([is_right(r, threshold) for r in own])
        orders = [r.order or 0 for r in own]
        if len(own) > 5:
            ax.plot(orders[5:], (right / np.arange(1, len(own) + 1))[5:], color=SECOND, lw=0.5)
    ax.axhline(0.5, color=SECOND, lw=0.8, ls=(0, (4, 3)))
    rows = []
    for one in found.order.stretches:
        if one.right.value is None or one.right.wilson is None:
            continue
        middle, (low, high) = (one.first + one.last) / 2, one.right.wilson
        ax.plot([middle, middle], [low, high], color=POSITIVE, lw=1.2)
        ax.plot(middle, one.right.value, "o", ms=4.5, color=POSITIVE)
        rows.append((one.first, one.last, one.right.value, low, high, one.right.trials))
    ax.set(xlabel="Trial", ylabel="Share right", ylim=(0, 1))
    ax.yaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
    caption = (
        "Right answers along the reading: all readers in tenths of the reading with Wilson "
        "intervals (dots), and each reader so far (lines). The dashed line is guessing."
    )
    columns = ("first_trial", "last_trial", "share_right", "low", "high", "answers")
    return figure, caption, Numbers(columns=columns, rows=rows)


@plot
def times(reading: CompletedReading, found: Analysis) -> Drawing | None:
    """Answer times by truth and by right or wrong."""
    kept = [r for r in reading.ratings if r.seconds and not r.interrupted]
    if len(kept) < 4:
        return None
    threshold = found.data.threshold
    figure = Figure(figsize=(WIDTH, 2.3), layout="constrained")
    ax = figure.subplots()
    rows: list[tuple[Any, ...]] = []
    groups = [(t, right) for t in (True, False) for right in (True, False)]
    labels = []
    for y, (truth, right) in enumerate(groups):
        own = np.array(
            [r.seconds or 0.0 for r in kept if r.truth == truth and is_right(r, threshold) == right]
        )
        name = reading.positive if truth else reading.negative
        labels.append(f"{name}, {'right' if right else 'wrong'} (n = {len(own)})")
        if not len(own):
            continue
        colour = POSITIVE if truth else NEGATIVE
        _density(ax, own, y, colour, 0.75 if right else 0.4)
        quartiles = np.quantile(own, [0.25, 0.5, 0.75])
        ax.plot(quartiles[[0, 2]], [y, y], color=INK, lw=1.6)
        ax.plot(quartiles[1], y, "o", ms=4.5, color=INK)
        rows.append((name, "right" if right else "wrong", len(own), *quartiles.tolist()))
    ax.set_yticks(range(4), labels)
    ax.set(ylim=(3.5, -0.9), xlabel="Seconds from image to answer")
    seconds = [r.seconds or 0.0 for r in kept]
    if max(seconds) > 3 * min(seconds):
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(lambda v, _: f"{v:g}")
        ax.xaxis.set_minor_formatter(lambda v, _: f"{v:g}" if f"{v:e}"[0] in "25" else "")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    caption = (
        "Answer times by truth and by right or wrong: density, quartiles (bar) and "
        "median (dot). Interrupted trials are left out."
    )
    columns = ("truth", "answer", "trials", "lower_quartile", "median", "upper_quartile")
    return figure, caption, Numbers(columns=columns, rows=rows)


def _density(ax: Any, seconds: np.ndarray, y: int, colour: str, alpha: float) -> None:
    from scipy import stats

    logs = np.log(seconds)
    if len(logs) < 5 or np.ptp(logs) < 1e-6:
        ax.plot(seconds, np.full(len(seconds), y - 0.15), "|", color=colour, ms=5)
        return
    grid = np.linspace(logs.min(), logs.max(), 120)
    height = stats.gaussian_kde(logs)(grid)
    ax.fill_between(
        np.exp(grid),
        y - 0.12,
        y - 0.12 - 0.7 * height / height.max(),
        color=colour,
        alpha=alpha,
        lw=0,
    )
