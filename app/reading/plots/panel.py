"""Plots of the panel: ROC, forest of areas, forced choices."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from app.reading.plots.base import (
    CAUTION,
    DIM,
    INK,
    LINE,
    NEGATIVE,
    POSITIVE,
    SECOND,
    WIDTH,
    Drawing,
    Numbers,
    level,
    panels,
    plot,
    short,
)
from app.reading.ratings import CompletedReading
from app.reading.statistics.analysis import Analysis
from app.reading.statistics.estimate import Estimate


@plot
def roc(reading: CompletedReading, found: Analysis) -> Drawing | None:
    """Empirical ROC of each reader and their vertical average."""
    shown = [p for p in found.panel["auc"] if p.roc is not None]
    if not shown:
        return None
    figure, axes = panels(len(shown), 3.2 if len(shown) == 1 else 2.5)
    rows: list[tuple[Any, ...]] = []
    for ax, panel in zip(axes, shown, strict=True):
        ax.plot([0, 1], [0, 1], color=SECOND, lw=0.8, ls=(0, (4, 3)))
        curves = [(r.reader, r.roc) for r in found.readers if r.modality == panel.modality]
        for label, curve in [*curves, ("mean", panel.roc)]:
            if curve is None:
                continue
            style = {"color": POSITIVE, "lw": 2.2} if label == "mean" else {"color": DIM, "lw": 0.8}
            # Words and numbers as keywords are too much for the stubs.
            ax.plot(curve.false_positive, curve.true_positive, **style)  # type: ignore[arg-type]
            rows += [
                (panel.modality, label, x, y)
                for x, y in zip(curve.false_positive, curve.true_positive, strict=True)
            ]
        ax.set(xlim=(0, 1), ylim=(0, 1.01), aspect="equal", title=short(panel.modality))
        ax.set(xlabel=f"{reading.negative} called {reading.positive}")
        ax.set(ylabel=f"{reading.positive} called {reading.positive}")
        ax.set_xticks([0, 0.5, 1])
        ax.set_yticks([0, 0.5, 1])
    caption = (
        "Empirical ROC curve of each reader (thin) and their vertical average (thick); the dashed "
        "diagonal is guessing."
    )
    return figure, caption, Numbers(columns=("modality", "curve", "fpf", "tpf"), rows=rows)


Line = tuple[str, Estimate | None, bool]


@plot
def forest(reading: CompletedReading, found: Analysis) -> Drawing | None:
    """Area under the curve of readers and panel with the equivalence margin."""
    lines: list[Line] = []
    rows: list[tuple[Any, ...]] = []
    for panel in found.panel["auc"]:
        lines.append((panel.modality, None, True))
        own = [r for r in found.readers if r.modality == panel.modality]
        lines += [(r.reader, r.auc, False) for r in own]
        means = [("Reader mean", panel.primary), ("Reader mean, U-statistics", panel.gallas)]
        lines += [(name, estimate, True) for name, estimate in means]
        rows += [
            (panel.modality, name, e.value, e.low, e.high, e.p)
            for name, e in [*((r.reader, r.auc) for r in own), *means]
        ]
    if not rows:
        return None
    label = f"AUC ({reading.positive} against {reading.negative})"
    figure = _forest(lines, reading.margin, label)
    caption = (
        f"Area under the ROC curve with {level(reading)} intervals: DeLong for each reader; "
        "for the reader mean Obuchowski-Rockette and U-statistics, readers and cases random."
    )
    if reading.margin is not None:
        caption += f" The band is the equivalence region 0.5 ± {reading.margin:g}."
    columns = ("modality", "line", "auc", "low", "high", "p")
    return figure, caption, Numbers(columns=columns, rows=rows)


@plot
def forced_choice(reading: CompletedReading, found: Analysis) -> Drawing | None:
    """Proportion correct of forced choices."""
    if not found.choices:
        return None
    lines: list[Line] = []
    rows: list[tuple[Any, ...]] = []
    for one in found.choices:
        lines.append((one.modality, None, True))
        for r in one.readers:
            low, high = r.correct.wilson or (None, None)
            found_one = Estimate(
                method="Wilson", value=r.correct.value, low=low, high=high, p=r.correct.p
            )
            lines.append((r.reader, found_one, False))
            rows.append((one.modality, r.reader, r.correct.value, low, high, r.left.value))
        lines.append(("Reader mean, U-statistics", one.gallas, True))
        mean = one.gallas
        rows.append((one.modality, "mean", mean.value, mean.low, mean.high, None))
    figure = _forest(lines, reading.margin, "Proportion correct")
    caption = (
        "Two-alternative forced choice: proportion of pairs in which the "
        f"{reading.positive} image was found (Wilson intervals; panel: readers and pairs random)."
    )
    columns = ("modality", "line", "correct", "low", "high", "chose_left")
    return figure, caption, Numbers(columns=columns, rows=rows)


def _forest(lines: list[Line], margin: float | None, label: str) -> Figure:
    # All readers fit on a page: rows of a large panel shrink, and only the panel's are written out.
    height = min(0.205, 8.6 / len(lines))
    roomy = height > 0.13
    figure = Figure(figsize=(WIDTH, 0.6 + height * len(lines)), layout="constrained")
    ax = figure.subplots()
    ends = [v for _, e, _ in lines if e for v in (e.value, *(e.shown or ())) if v is not None]
    low, high = min([0.3, *ends]), max([0.7, *ends])
    span = high - low
    if margin is not None:
        ax.axvspan(0.5 - margin, 0.5 + margin, color=NEGATIVE, alpha=0.16, lw=0)
    ax.axvline(0.5, color=SECOND, lw=0.8, ls=(0, (4, 3)))
    for y, (_, estimate, strong) in enumerate(lines):
        written = high + 0.04 * span if roomy or strong else None
        _forest_line(ax, y, estimate, strong=strong, written=written)
    ax.set(xlim=(low - 0.03 * span, high + 0.42 * span), ylim=(len(lines) - 0.4, -0.6))
    ax.set_yticks(range(len(lines)), [short(name, 30) for name, _, _ in lines])
    for tick, (_, estimate, strong) in zip(ax.get_yticklabels(), lines, strict=True):
        tick.set_fontweight("bold" if strong else "normal")
        tick.set_color(INK if estimate or strong else DIM)
    ax.tick_params(axis="y", length=0, labelsize=min(8.5, 58 * height))
    ax.spines["left"].set_visible(False)
    ax.set_xticks([t / 10 for t in range(11) if low - 0.02 <= t / 10 <= high + 0.02])
    ax.set_xlabel(label)
    return figure


def _forest_line(
    ax: Axes, y: int, estimate: Estimate | None, *, strong: bool, written: float | None
) -> None:
    if estimate is None:
        if y:
            ax.axhline(y - 0.5, color=LINE, lw=0.7)
        return
    colour = POSITIVE if strong else INK
    if estimate.value is None:
        words = "not estimable"
    elif estimate.shown is None:
        ax.plot(estimate.value, y, "o", ms=4, mfc="none", mec=CAUTION)
        words = f"{estimate.value:.2f} (no interval)"
    else:
        low, high = estimate.shown
        ax.plot([low, high], [y, y], color=colour, lw=1.8 if strong else 1.1)
        ax.plot(estimate.value, y, "D" if strong else "o", ms=5 if strong else 4, color=colour)
        words = f"{estimate.value:.2f} ({low:.2f} to {high:.2f})"
    if written is not None:
        weight = "bold" if strong else "normal"
        ax.text(written, y, words, va="center", fontsize=8, fontweight=weight)
