"""Plots of single readers: ratings, bias, calibration, correlations."""

from typing import Any

import numpy as np

from app.reading.plots.base import (
    CAUTION,
    INK,
    NEGATIVE,
    POSITIVE,
    SECOND,
    Drawing,
    Numbers,
    panels,
    plot,
    short,
)
from app.reading.ratings import CompletedReading
from app.reading.statistics.analysis import Analysis


@plot
def ratings(reading: CompletedReading, found: Analysis) -> Drawing | None:
    """Mirrored histogram of the ratings of both classes."""
    first = [r for r in reading.ratings if not r.repeat]
    if not first:
        return None
    levels = np.unique([r.rating for r in first])
    if len(levels) <= 11:
        gap = float(np.diff(levels).min()) if len(levels) > 1 else 1.0
        edges = np.append(levels - gap / 2, levels[-1] + gap / 2)
        if len(levels) > 1 and not np.allclose(np.diff(levels), gap):
            edges = np.linspace(levels[0], levels[-1], 12)
    else:
        edges = np.linspace(levels[0], levels[-1], 21)
    modalities = found.data.modalities
    figure, axes = panels(len(modalities), 2.6)
    rows: list[tuple[Any, ...]] = []
    for ax, modality in zip(axes, modalities, strict=True):
        shares = []
        for truth in (True, False):
            own = [r.rating for r in first if r.truth == truth and r.modality in (None, modality)]
            counts = np.histogram(own, edges)[0]
            shares.append(counts / max(counts.sum(), 1))
            rows += [
                (modality, reading.positive if truth else reading.negative, low, high, int(n))
                for low, high, n in zip(edges[:-1], edges[1:], counts, strict=True)
            ]
        centres, width = (edges[:-1] + edges[1:]) / 2, np.diff(edges) * 0.86
        ax.bar(centres, shares[0], width, color=POSITIVE, lw=0)
        ax.bar(centres, -shares[1], width, color=NEGATIVE, lw=0)
        ax.axhline(0, color=INK, lw=0.7)
        most = max(s.max() for s in shares) * 1.25 or 1
        ax.set(ylim=(-most, most), title=short(modality), xlabel="Rating")
        ax.text(0.02, 0.98, reading.positive, transform=ax.transAxes, va="top", color=POSITIVE)
        ax.text(0.02, 0.02, reading.negative, transform=ax.transAxes, color=NEGATIVE)
        ax.yaxis.set_major_formatter(lambda v, _: f"{abs(v):.0%}")
    axes[0].set_ylabel("Share of ratings")
    caption = (
        f"Ratings of {reading.positive} (above) and {reading.negative} images (below), all "
        "readers. The more alike the two halves, the less the readers could tell."
    )
    columns = ("modality", "truth", "from", "to", "count")
    return figure, caption, Numbers(columns=columns, rows=rows)


@plot
def bias(reading: CompletedReading, found: Analysis) -> Drawing | None:
    """Sensitivity d' against criterion c."""
    shown = [r for r in found.readers if r.detection.dprime.value is not None]
    if not shown:
        return None
    figure, (ax,) = panels(1, 3.0)
    ax.axhline(0, color=SECOND, lw=0.8, ls=(0, (4, 3)))
    ax.axvline(0, color=SECOND, lw=0.8, ls=(0, (4, 3)))
    rows = []
    colours = [POSITIVE, NEGATIVE, CAUTION, INK]
    for number, modality in enumerate(found.data.modalities):
        colour, label = colours[number % len(colours)], short(modality)
        for one in (r for r in shown if r.modality == modality):
            c, d = one.detection.criterion, one.detection.dprime
            ax.errorbar(
                [c.value or 0],
                [d.value or 0],
                xerr=[c.se or 0],
                yerr=[d.se or 0],
                fmt="o",
                ms=4.5,
                color=colour,
                ecolor=SECOND,
                elinewidth=0.5,
                label=label,
            )
            label = "_"
            rows.append((one.modality, one.reader, d.value, d.se, c.value, c.se))
    if len(found.data.modalities) > 1:
        ax.legend(loc="best")
    ax.set(xlabel=f"Criterion c (right: leans to “{reading.negative}”)", ylabel="Sensitivity d'")
    caption = (
        "Signal detection: how well each reader told the classes apart (d') and to which answer "
        "the reader leaned (c), with standard errors. Below 0, cues were used the wrong way round."
    )
    columns = ("modality", "reader", "dprime", "dprime_se", "criterion", "criterion_se")
    return figure, caption, Numbers(columns=columns, rows=rows)


@plot
def calibration(reading: CompletedReading, found: Analysis) -> Drawing | None:
    """Stated probability against observed share, all readers of a modality."""
    modalities = [
        m
        for m in found.data.modalities
        if any(r.modality == m and r.calibration is not None for r in found.readers)
    ]
    if not modalities:
        return None
    figure, axes = panels(len(modalities), 3.0 if len(modalities) == 1 else 2.5)
    rows: list[tuple[Any, ...]] = []
    for ax, modality in zip(axes, modalities, strict=True):
        ax.plot([0, 1], [0, 1], color=SECOND, lw=0.8, ls=(0, (4, 3)))
        for one in (r for r in found.readers if r.modality == modality):
            if one.calibration is None:
                continue
            bins = one.calibration.bins
            x = [b.stated for b in bins]
            y = [b.observed.value or 0.0 for b in bins]
            ax.plot(x, y, color=SECOND, lw=0.5, zorder=1)
            ax.scatter(x, y, s=[6 + b.observed.trials for b in bins], color=POSITIVE, alpha=0.55)
            rows += [
                (modality, one.reader, b.low, b.high, b.stated, b.observed.value, b.observed.trials)
                for b in bins
            ]
        ax.set(xlim=(-0.05, 1.05), ylim=(-0.05, 1.05), aspect="equal", title=short(modality))
        ax.set(xlabel=f"Stated: {reading.positive}", ylabel=f"Truly {reading.positive}")
    caption = (
        "Calibration: ratings read as probabilities along the scale, against the share that was "
        f"{reading.positive}; one line a reader, dots grow with the number of answers."
    )
    columns = ("modality", "reader", "from", "to", "stated", "observed", "answers")
    return figure, caption, Numbers(columns=columns, rows=rows)


@plot
def correlations(reading: CompletedReading, found: Analysis) -> Drawing | None:
    """Matrix of rank correlations between readers."""
    shown = [a for a in found.agreement if len(a.readers) > 2]
    if not shown:
        return None
    size = max(len(a.readers) for a in shown)
    figure, axes = panels(len(shown), 3.2 if len(shown) == 1 else 2.7)
    rows: list[tuple[Any, ...]] = []
    for ax, one in zip(axes, shown, strict=True):
        for i, line in enumerate(one.correlations):
            for j, value in enumerate(line[:i]):
                rows.append((one.modality, one.readers[i], one.readers[j], value))
                colour = CAUTION if (value or 0) < 0 else NEGATIVE
                fill = {"facecolor": colour, "alpha": min(abs(value or 0), 1)}
                ax.add_patch(_cell(j, i, fill))
                text = "-" if value is None else f"{round(value, 2) + 0:.2f}".replace("0.", ".")
                if size <= 12:
                    ax.text(j, i, text, ha="center", va="center", fontsize=6.5)
        names = [short(n, 12) for n in one.readers]
        ax.set(xlim=(-0.5, len(names) - 1.5), ylim=(len(names) - 0.5, 0.5), aspect="equal")
        ax.set_xticks(range(len(names) - 1), names[:-1], rotation=90)
        ax.set_yticks(range(1, len(names)), names[1:])
        ax.tick_params(length=0, labelsize=min(7, 160 / size))
        ax.spines[:].set_visible(False)
        ax.set_title(short(one.modality))
    caption = (
        "Spearman correlation of the ratings of each two readers over the images both rated; "
        "the deeper the cell, the stronger."
    )
    columns = ("modality", "reader", "other", "spearman")
    return figure, caption, Numbers(columns=columns, rows=rows)


def _cell(x: int, y: int, fill: dict[str, Any]) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.47, y - 0.47), 0.94, 0.94, lw=0, **fill)
