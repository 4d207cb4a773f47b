"""Plots of images: how often each was called positive, and where artefacts were seen."""

import io
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.ticker import MaxNLocator

from app.reading.plots.base import (
    CAUTION,
    DIM,
    INK,
    NEGATIVE,
    POSITIVE,
    SECOND,
    WIDTH,
    Drawing,
    Numbers,
    panels,
    plot,
    short,
)
from app.reading.ratings import CaseFacts, CompletedReading
from app.reading.statistics.analysis import Analysis
from app.reading.statistics.cases import Difficulty

#: Marks of one reason share shape and colour; more reasons than these are drawn as the last.
MARKERS = (("o", POSITIVE), ("s", NEGATIVE), ("^", CAUTION), ("D", INK), ("v", SECOND), ("x", DIM))


@plot
def caterpillar(reading: CompletedReading, found: Analysis) -> Drawing | None:
    """Each image's share of "positive" answers, with thumbnails of the extremes."""
    if not found.difficulty:
        return None
    strips = _extremes(reading, found)
    figure = Figure(figsize=(WIDTH, 2.5 + 1.15 * len(strips)), layout="constrained")
    ratios = [2.5] + [1.15] * len(strips)
    parts: Any = figure.subfigures(1 + len(strips), 1, squeeze=False, height_ratios=ratios)
    top, *rest = parts[:, 0]
    ax = top.subplots()
    rows = []
    for x, one in enumerate(found.difficulty):
        colour = POSITIVE if one.truth else NEGATIVE
        low, high = one.called.wilson or (np.nan, np.nan)
        ax.plot([x, x], [low, high], color=colour, lw=0.7, alpha=0.5)
        ax.plot(x, one.called.value, "o" if one.truth else "s", ms=2.6, color=colour)
        rows.append(
            (one.case, one.modality, one.truth, one.called.value, low, high, one.called.trials)
        )
    ax.axhline(0.5, color=SECOND, lw=0.8, ls=(0, (4, 3)))
    ax.set(xlim=(-1, len(rows)), ylim=(-0.02, 1.02), xlabel="Images, sorted")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylabel(f"Called {reading.positive}")
    ax.yaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
    ax.plot([], [], "o", ms=4, color=POSITIVE, label=reading.positive)
    ax.plot([], [], "s", ms=4, color=NEGATIVE, label=reading.negative)
    ax.legend(loc="upper left")
    for part, (title, cases) in zip(rest, strips, strict=True):
        _strip(part, title, cases, reading)
    caption = (
        f"Share of readers who called each image {reading.positive}, with Wilson intervals"
        + (", and the images at the extremes." if strips else ".")
    )
    columns = ("case", "modality", "truth", "share_called", "low", "high", "answers")
    return figure, caption, Numbers(columns=columns, rows=rows)


def _extremes(
    reading: CompletedReading, found: Analysis
) -> list[tuple[str, list[tuple[Difficulty, bytes]]]]:
    shown = {name: facts.thumbnail for name, facts in reading.cases.items() if facts.thumbnail}
    positive = [(d, shown[d.case]) for d in found.difficulty if d.truth and d.case in shown]
    negative = [(d, shown[d.case]) for d in found.difficulty if not d.truth and d.case in shown]
    strips = [
        (f"{reading.positive.capitalize()}, most often found", positive[::-1][:7]),
        (f"{reading.positive.capitalize()}, least often found", positive[:7]),
        (f"{reading.negative.capitalize()}, most often doubted", negative[::-1][:7]),
    ]
    return [(title, cases) for title, cases in strips if cases]


def _strip(
    part: Any, title: str, cases: list[tuple[Difficulty, bytes]], reading: CompletedReading
) -> None:
    part.suptitle(title, fontsize=8.5, ha="left", x=0.01)
    axes = part.subplots(1, 7)
    for ax in axes:
        ax.set_axis_off()
    for ax, (one, thumbnail) in zip(axes, cases, strict=False):
        picture = imread(io.BytesIO(thumbnail), format="png")
        ax.imshow(picture, cmap="gray", vmin=0, vmax=1)
        ax.set_title(
            f"{short(one.case, 7)} {one.called.value or 0:.0%}", fontsize=6.5, fontweight="normal"
        )


@plot
def artefacts(reading: CompletedReading, found: Analysis) -> Drawing | None:
    """Where artefacts were marked, by view."""
    if not found.artefacts:
        return None
    rows: list[tuple[Any, ...]] = []
    for row in reading.ratings:
        view = reading.cases.get(row.case, CaseFacts()).view or "not stated"
        if row.truth and not row.repeat:
            rows += [
                (view, row.case, row.modality, row.reader, m.reason, m.x, m.y) for m in row.marks
            ]
    reasons = sorted({row[4] for row in rows}, key=lambda n: -sum(r[4] == n for r in rows))
    views = [a.view for a in found.artefacts]
    figure, axes = panels(len(views), 3.4)
    for ax, view in zip(axes, views, strict=True):
        _outline(ax, reading, view)
        for number, reason in enumerate(reasons):
            own = [(r[5], r[6]) for r in rows if r[0] == view and r[4] == reason]
            marker, colour = MARKERS[min(number, len(MARKERS) - 1)]
            x, y = zip(*own, strict=True) if own else ((), ())
            ax.scatter(x, y, s=14, marker=marker, color=colour, lw=0.8, label=reason, alpha=0.75)
        ax.set(xlim=(-0.02, 1.02), ylim=(1.02, -0.02), aspect=1.25, title=view)
        ax.set_xticks([])
        ax.set_yticks([])
        ax.spines[:].set_visible(True)
        ax.spines[:].set_color(SECOND)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    caption = (
        f"Artefacts marked on {reading.positive} images, chest wall on the left; the line is the "
        "outline of the mean image of that view."
    )
    columns = ("view", "case", "modality", "reader", "reason", "x", "y")
    return figure, caption, Numbers(columns=columns, rows=rows)


def _outline(ax: Any, reading: CompletedReading, view: str) -> None:
    """Draw where the mean thumbnail of a view rises out of the air."""
    from scipy import ndimage

    pictures = []
    for facts in reading.cases.values():
        if facts.view == view and facts.thumbnail:
            picture = imread(io.BytesIO(facts.thumbnail), format="png")
            grey = picture[..., :3].mean(axis=2) if picture.ndim == 3 else picture
            grid = np.meshgrid(
                np.linspace(0, grey.shape[0] - 1, 96),
                np.linspace(0, grey.shape[1] - 1, 77),
                indexing="ij",
            )
            pictures.append(ndimage.map_coordinates(grey, np.stack(grid), order=1) > 0.06)
    if len(pictures) < 3:
        return
    share = np.mean(pictures, axis=0)
    if share.min() < 0.5 < share.max():
        ax.contour(
            np.linspace(0, 1, 77), np.linspace(0, 1, 96), share, [0.5], colors=SECOND, linewidths=1
        )
