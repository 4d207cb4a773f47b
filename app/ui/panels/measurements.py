"""All annotations of the step in view: their results, a plot, names to edit."""

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.core.annotation import REGIONS, Annotation
from app.core.annotation_words import full
from app.core.mammogram import Mammogram
from app.core.measure import Region, histogram, profile, values_in
from app.language import later, tr
from app.ui.grid import Grid
from app.ui.pane import Pane
from app.ui.theme import Theme
from app.ui.tools.notebook import Notebook, Selected

if TYPE_CHECKING:
    import pyqtgraph

PLOTTED = (*REGIONS, "profile")
EMPTY = later(
    "Nothing is drawn on these images.\n\nD distance   A angle   V profile\n"
    "E ellipse   B rectangle   J freehand\nK key image"
)


class MeasurementsPanel(QWidget):
    """A list to choose, rename and delete from; below it what the chosen one measures."""

    def __init__(
        self, grid: Grid, notebook: Notebook, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._grid, self._notebook, self._theme = grid, notebook, theme
        self._plot: pyqtgraph.PlotWidget | None = None
        self._filling = False
        title = QLabel(tr("Measurements"))
        title.setObjectName("title")
        self.hint = QLabel(tr(EMPTY))
        self.hint.setObjectName("dim")
        self.hint.setWordWrap(True)
        self.keys = QLabel()
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Annotations of the images in view"))
        self.list.setWordWrap(True)
        self.list.setSizeAdjustPolicy(QListWidget.SizeAdjustPolicy.AdjustToContents)
        self.list.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.results = QLabel()
        self.results.setWordWrap(True)
        self.results.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.results.setAccessibleName(tr("Results of the chosen annotation"))
        self._column = QVBoxLayout(self)
        for widget in (title, self.keys, self.hint, self.list, self.results):
            self._column.addWidget(widget)
        self._column.addStretch()
        self.list.itemSelectionChanged.connect(self._choose)
        self.list.itemChanged.connect(self._rename)
        notebook.changed.connect(lambda _: self.refresh())
        notebook.selected.connect(self._show_selected)
        grid.activated.connect(lambda _: self.refresh())
        self.refresh()

    def showEvent(self, event: Any) -> None:
        """Catch up with what changed while the panel was closed."""
        super().showEvent(event)
        self.refresh()

    def _images(self) -> dict[str, Pane]:
        """Return the images in view by content key, each once."""
        found: dict[str, Pane] = {}
        for pane in self._grid.panes:
            if (key := self._notebook.key_of(pane)) is not None:
                found.setdefault(key, pane)
        return found

    def refresh(self) -> None:
        """Write the list anew."""
        if not self.isVisible():
            return
        self._filling = True
        self.list.clear()
        for key, pane in self._images().items():
            assert pane.facts is not None
            for number, one in enumerate(self._notebook.notes(key).annotations):
                item = QListWidgetItem(one.label or f"{pane.facts.label}  {tr(one.kind)}")
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
                item.setData(Qt.ItemDataRole.UserRole, Selected(image=key, number=number))
                kind = f"{pane.facts.label} {tr(one.kind)}"
                hint = tr("double click or F2 to name it, Del to delete it")
                item.setToolTip(f"{kind}: {hint}")
                self.list.addItem(item)
        self._filling = False
        images = self._images().items()
        marked = [p.facts.label for k, p in images if p.facts and self._notebook.notes(k).key]
        self.keys.setText(tr("Key images: {labels}", labels=", ".join(marked)))
        self.keys.setVisible(bool(marked))
        self.hint.setVisible(self.list.count() == 0)
        self.list.setVisible(self.list.count() > 0)
        self._show_selected()

    def _choose(self) -> None:
        items = self.list.selectedItems()
        if not self._filling and items:
            self._notebook.select(items[0].data(Qt.ItemDataRole.UserRole))

    def _rename(self, item: QListWidgetItem) -> None:
        if not self._filling:
            self._notebook.rename(item.data(Qt.ItemDataRole.UserRole), item.text())

    def _show_selected(self) -> None:
        """Mark the chosen annotation in the list and tell what it measures."""
        if not self.isVisible():
            return
        chosen = self._notebook.selection
        self._filling = True
        for number in range(self.list.count()):
            item = self.list.item(number)
            item.setSelected(item.data(Qt.ItemDataRole.UserRole) == chosen)
        self._filling = False
        pane = self._images().get(chosen.image) if chosen is not None else None
        if chosen is None or pane is None or pane.picture is None:
            self.results.clear()
            self._show_plot(None, None)
            return
        one = self._notebook.notes(chosen.image).annotations[chosen.number]
        self.results.setText("\n".join(full(one, pane.picture.mammogram)))
        self._show_plot(one, pane.picture.mammogram)

    # Plot: pyqtgraph takes most of a second to import, so only when something is plotted.

    def _show_plot(self, one: Annotation | None, mammogram: Mammogram | None) -> None:
        if one is None or mammogram is None or one.kind not in PLOTTED:
            if self._plot is not None:
                self._plot.hide()
            return
        plot = self._plot or self._made_plot()
        plot.clear()
        pen = QColor(self._theme.focus)
        facts, pixels, encoding = mammogram.facts, mammogram.pixels, mammogram.encoding
        if one.kind == "profile":
            where, values, unit = profile(facts, pixels, encoding, *one.points)
            plot.plot(where, values, pen=pen)
            plot.setLabels(bottom=tr("distance ({unit})", unit=unit), left=tr("value"))
        else:
            region: Region = one.kind  # type: ignore[assignment]  # one of REGIONS
            edges, counts = histogram(values_in(pixels, encoding, region, one.points))
            fill = QColor(pen)
            fill.setAlpha(90)
            counted = counts.astype(np.float64)
            plot.plot(edges, counted, stepMode="center", fillLevel=0, brush=fill, pen=pen)
            plot.setLabels(bottom=tr("value"), left=tr("pixels"))
        plot.show()

    def _made_plot(self) -> "pyqtgraph.PlotWidget":
        import pyqtgraph

        plot = pyqtgraph.PlotWidget(background=self._theme.panel)
        plot.setMinimumHeight(190)
        plot.setMaximumHeight(260)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(False, False)
        plot.setAccessibleName(tr("Profile or histogram of the chosen annotation"))
        for side in ("left", "bottom"):
            axis = plot.getAxis(side)
            axis.setPen(QColor(self._theme.line))
            axis.setTextPen(QColor(self._theme.dim))
            axis.enableAutoSIPrefix(False)
        self._column.insertWidget(self._column.indexOf(self.results) + 1, plot)
        self._plot = plot
        return plot
