"""What all plots share: colours, size, SVG text, and the registry."""

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from app.reading.ratings import CompletedReading
from app.reading.statistics.analysis import Analysis

#: The paper colours of resources/report/base.html. On the screen each becomes its CSS variable.
INK, DIM, LINE = "#22252a", "#5a6068", "#c9ccd1"
NEGATIVE, POSITIVE, SECOND, CAUTION = "#2f6d92", "#806400", "#8b919a", "#9a4f12"
GROUND = "#ffffff"
VARIABLES = {
    INK: "--text",
    DIM: "--dim",
    LINE: "--line",
    NEGATIVE: "--bar",
    POSITIVE: "--synthetic",
    SECOND: "--second",
    CAUTION: "--caution",
    GROUND: "--ground",
}
WIDTH = 6.4  # inches: the text width of an A4 page
#: Any: the stubs know only literal keys of one version.
STYLE: Any = {
    "svg.fonttype": "path",
    "svg.hashsalt": "mammoscope",
    "font.size": 8.5,
    "axes.labelsize": 8.5,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.edgecolor": DIM,
    "axes.linewidth": 0.7,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "text.color": INK,
    "xtick.color": DIM,
    "ytick.color": DIM,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.4,
    "patch.linewidth": 0.7,
}


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A figure as SVG text with the numbers it shows."""

    name: str
    caption: str
    svg: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def csv(self) -> str:
        """Return the numbers as CSV."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(["" if cell is None else cell for cell in row] for row in self.rows)
        return out.getvalue()

    def themed(self) -> str:
        """Return the SVG for use inside a page: colours follow the page's theme."""
        body = self.svg[self.svg.index("<svg") :]
        for colour, variable in VARIABLES.items():
            body = body.replace(colour, f"var({variable})")
        # Two figures on one page may use the same ids.
        for mark in ('id="', 'href="#', "url(#"):
            body = body.replace(mark, f"{mark}{self.name}-")
        return body


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """The numbers a plot shows: a header and rows."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]


METADATA = re.compile(r"<metadata>.*?</metadata>\s*", re.DOTALL)
Drawing = tuple[Figure, str, Numbers]
PLOTS: dict[str, Callable[[CompletedReading, Analysis], Plot | None]] = {}


def plot(
    function: Callable[[CompletedReading, Analysis], Drawing | None],
) -> Callable[[CompletedReading, Analysis], Plot | None]:
    """Register a function that returns figure, caption and numbers (or None) under its name."""
    name = function.__name__

    def finished(reading: CompletedReading, found: Analysis) -> Plot | None:
        with rc_context(STYLE):
            drawing = function(reading, found)
            if drawing is None:
                return None
            figure, caption, numbers = drawing
            out = io.StringIO()
            figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        return Plot(
            name=name,
            caption=caption,
            svg=METADATA.sub("", out.getvalue()),
            columns=numbers.columns,
            rows=tuple(tuple(row) for row in numbers.rows),
        )

    PLOTS[name] = finished
    return finished


def panels(count: int, height: float, *, wide: bool = False) -> tuple[Figure, list[Axes]]:
    """Return a figure with `count` axes side by side, at most three in a row."""
    columns = 1 if wide else min(count, 3)
    rows = -(-count // columns)
    # A single square panel does not need the whole width.
    width = WIDTH if wide or count > 1 else 0.55 * WIDTH
    figure = Figure(figsize=(width, height * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    listed = list(axes.flat)
    for spare in listed[count:]:
        spare.set_visible(False)
    return figure, listed[:count]


def level(reading: CompletedReading) -> str:
    """Return the level of intervals, such as "95%"."""
    return f"{100 * (1 - reading.alpha):g}%"


def short(name: str, most: int = 22) -> str:
    """Return a name cut to fit an axis."""
    return name if len(name) <= most else name[: most - 1] + "…"
