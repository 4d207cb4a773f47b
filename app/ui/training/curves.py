"""What a run measured, over the images it had shown; runs compared lie over one another.

Colour tells the run, line style the quantity. pyqtgraph is imported here, so this module is
imported when the training page is first opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.language import later, tr
from app.runs import Run
from app.schedule import Rung
from app.ui.locale import significant
from app.ui.theme import Theme

STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)
MARKS = ("\N{EM DASH}", "- -", "\N{MIDDLE DOT}\N{MIDDLE DOT}\N{MIDDLE DOT}")
COLUMN = 260  #: pixels a chart needs at least


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One plot: title, and names of the numbers in it with the words for them."""

    title: str
    numbers: tuple[tuple[str, str], ...]
    always: bool = False  #: shown even when no run tells any of its numbers


#: A new plot is a line here; the names are those of the trainer's ticks.
CHARTS = (
    Chart(
        title=later("Losses"),
        numbers=(("critic_loss", later("critic")), ("generator_loss", later("generator"))),
        always=True,
    ),
    Chart(
        title=later("Critic's scores"),
        numbers=(("real", later("real")), ("fake", later("fake"))),
        always=True,
    ),
    Chart(title=later("Sliced Wasserstein distance"), numbers=(("swd", ""),), always=True),
    Chart(title=later("Images per second"), numbers=(("rate", ""),), always=True),
    Chart(
        title=later("Lead, spread"),
        numbers=(("lead", later("lead")), ("spread", later("spread"))),
    ),
    Chart(title=later("Augmentation"), numbers=(("augmentation", ""),)),
    Chart(title=later("Learning rate"), numbers=(("learning_rate", ""),)),
    Chart(title=later("Penalty weight (gamma)"), numbers=(("gamma", ""),)),
)


def run_colours(theme: Theme) -> tuple[str, ...]:
    """Return the colours of the run in view and of those it is compared with."""
    return (theme.focus, theme.second, theme.third, theme.fourth)


class Plot(QWidget):
    """One chart with its title, the words of its lines, and the values under the pointer."""

    hovered = Signal(object)  #: images shown under the pointer, None when it left

    def __init__(self, chart: Chart, theme: Theme) -> None:
        super().__init__()
        self.chart, self._theme = chart, theme
        self.title = QLabel(tr(chart.title))
        self.values = QLabel()
        self.values.setObjectName("dim")
        self.values.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.plot = pg.PlotWidget(background=theme.chrome)
        self.plot.setAccessibleName(tr(chart.title))
        self.plot.setFrameShape(pg.QtWidgets.QFrame.Shape.NoFrame)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setMouseEnabled(x=False, y=False)  # the wheel scrolls the page
        self.plot.setMinimumHeight(100)
        self.plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.empty = QLabel()
        self.empty.setObjectName("dim")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setMinimumHeight(100)
        self._style_axes()
        self._line = pg.InfiniteLine(pen=pg.mkPen(theme.dim, width=1))
        self._line.hide()
        self.plot.addItem(self._line, ignoreBounds=True)
        self._words: list[str] = []
        self._shades: list[Any] = []
        self._curves: dict[tuple[int, str], Any] = {}
        self._lead: Run | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self.values)
        column.addWidget(self.plot, 1)
        column.addWidget(self.empty, 1)
        self.plot.scene().sigMouseMoved.connect(self._hover)

    def _style_axes(self) -> None:
        item = self.plot.getPlotItem()
        for name in ("left", "bottom"):
            axis = item.getAxis(name)
            axis.setPen(pg.mkPen(self._theme.line))
            axis.setTextPen(pg.mkPen(self._theme.dim))
            axis.setTickFont(self._theme.font("overlay"))
            axis.enableAutoSIPrefix(False)
        item.getAxis("left").setWidth(46)
        item.getAxis("bottom").setScale(1e-3)  # thousand images
        item.getViewBox().setDefaultPadding(0.03)

    def show_runs(self, runs: Sequence[Run], rungs: Sequence[Rung]) -> bool:
        """Draw the numbers of the runs, the one in view first; returns whether there are any."""
        self._lead = runs[0] if runs else None
        drawn: dict[tuple[int, str], Any] = {}
        colours = run_colours(self._theme)
        for number in range(len(runs) - 1, -1, -1):  # the run in view on top
            for place, (name, _) in enumerate(self.chart.numbers):
                shown, values = runs[number].series(name)
                if not shown:
                    continue
                curve = self._curves.pop((number, name), None) or self._new(number, place, colours)
                curve.setData(list(shown), list(values), symbol="o" if len(shown) < 3 else None)
                drawn[number, name] = curve
        for old in self._curves.values():
            self.plot.removeItem(old)
        self._curves = drawn
        self._shade(rungs)
        self.plot.setVisible(bool(drawn))
        self.empty.setVisible(not drawn)
        ticked = self._lead is not None and self._lead.ticks
        self.empty.setText(tr("Not told by this run") if ticked else tr("Nothing measured yet"))
        self._fit_height(runs)
        self.say(None)
        return bool(drawn)

    def _fit_height(self, runs: Sequence[Run]) -> None:
        """Let the axis span the values, and a tenth round a value that never changes."""
        values = [v for run in runs for name, _ in self.chart.numbers for v in run.series(name)[1]]
        if values:
            low, high = min(values), max(values)
            room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
            self.plot.setYRange(low - room, high + room, padding=0)

    def _new(self, number: int, place: int, colours: Sequence[str]) -> Any:
        pen = pg.mkPen(colours[number], width=1 if number else 1.6, style=STYLES[place])
        dot = {"symbolSize": 4, "symbolBrush": colours[number], "symbolPen": None}
        return self.plot.plot(pen=pen, antialias=True, **dot)

    def _shade(self, rungs: Sequence[Rung]) -> None:
        """Shade where a rung fades in."""
        spans = [(r.begin, r.full) for r in rungs if r.full > r.begin]
        if [tuple(s.getRegion()) for s in self._shades] == spans:
            return
        for old in self._shades:
            self.plot.removeItem(old)
        brush = pg.mkBrush(self._theme.color("panel").lighter(130))
        self._shades = []
        for span in spans:
            shade = pg.LinearRegionItem(span, brush=brush, pen=pg.mkPen(None), movable=False)
            shade.setZValue(-10)
            self.plot.addItem(shade, ignoreBounds=True)
            self._shades.append(shade)

    def reach(self, images: int) -> None:
        """Let the axis span so many images, the same in all plots."""
        self.plot.setXRange(0, max(images, 1), padding=0.01)

    def mark(self, shown: int | None) -> None:
        """Draw the line of the moment that is looked at."""
        self._line.setVisible(shown is not None)
        if shown is not None:
            self._line.setValue(shown)
        self.say(shown)

    def say(self, shown: int | None) -> None:
        """Write the values of the run in view at a moment, the last ones by default."""
        words = []
        for place, (name, word) in enumerate(self.chart.numbers):
            at, values = self._lead.series(name) if self._lead else ((), ())
            if not at:
                continue
            moment = at[-1] if shown is None else min(at, key=lambda s: abs(s - shown))
            value = significant(values[at.index(moment)], 4)
            words.append(f"{MARKS[place]} {tr(word)} {value}" if word else value)
        self._words = words
        self._write()

    def _write(self) -> None:
        """Write the values beside each other, or below each other where there is no room."""
        line = "   ".join(self._words)
        fits = self.values.fontMetrics().horizontalAdvance(line) <= self.width()
        self.values.setText(line if fits else "\n".join(self._words))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Write the values anew."""
        super().resizeEvent(event)
        self._write()

    def _hover(self, place: QPointF) -> None:
        box = self.plot.getPlotItem().getViewBox()
        inside = box.sceneBoundingRect().contains(place)
        self.hovered.emit(round(box.mapSceneToView(place).x()) if inside else None)


class Curves(QWidget):
    """All charts; the pointer reads all of them at one moment."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plots = [Plot(chart, theme) for chart in CHARTS]
        below = QLabel(tr("thousand images shown; a shade marks where a size fades in"))
        below.setObjectName("dim")
        below.setWordWrap(True)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(10)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 8, 0)
        column.addLayout(self._grid, 1)
        column.addWidget(below)
        self._mark: int | None = None
        self._told: list[Plot] = []
        self._columns = 0
        for plot in self.plots:
            plot.hovered.connect(self._hover)

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Draw the runs, the one in view first."""
        rungs = runs[0].rungs if runs else ()
        reach = max((run.shown for run in runs), default=0)
        told = []
        for plot in self.plots:
            if plot.show_runs(runs, rungs) or plot.chart.always:
                told.append(plot)
                plot.reach(reach)
            plot.mark(self._mark)
        self._place(told)

    def _place(self, told: list[Plot]) -> None:
        """Lay the charts out that have something to tell, in as many columns as fit."""
        columns = max(1, self.width() // COLUMN)
        if told == self._told and columns == self._columns:
            return
        for plot in self.plots:
            self._grid.removeWidget(plot)
            plot.setVisible(plot in told)
        for number, plot in enumerate(told):
            self._grid.addWidget(plot, number // columns, number % columns)
        self._told, self._columns = told, columns

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        super().resizeEvent(event)
        self._place(self._told)

    def mark(self, shown: int | None) -> None:
        """Draw the moment that is looked at into all charts."""
        self._mark = shown
        for plot in self.plots:
            plot.mark(shown)

    def dispose(self) -> None:
        """Take the plots apart; left to the collector, pyqtgraph's items may crash Qt."""
        for plot in self.plots:
            plot.plot.scene().sigMouseMoved.disconnect()
            plot.plot.close()
        self.plots = []

    def _hover(self, shown: int | None) -> None:
        for plot in self.plots:
            plot.mark(self._mark if shown is None else shown)
