"""The frame around the images: rail on the left, side panel on the right, bars below."""

from collections.abc import Mapping
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.language import later
from app.ui.bars import Rail, ReadOut, StepBar

PANELS = (
    ("exams", later("Exams")),
    ("archive", later("Archives")),
    ("protocol", later("Hanging protocol")),
    ("latent", later("Generator")),
    ("measurements", later("Measurements")),
    ("readings", later("Readings")),
    ("training", later("Training")),
    ("settings", later("Preferences")),
)
LEAST = 300  #: pixels of the images in height
LINE = 2  #: pixels of the line that says something is on its way
Packed = TypeVar("Packed", QHBoxLayout, QVBoxLayout)


class Frame(QWidget):
    """Where everything of the main window stands; what it does is said elsewhere."""

    def __init__(
        self,
        stack: QStackedWidget,
        strip: QWidget,
        panels: Mapping[str, QWidget],
        below: Mapping[str, QWidget],
    ) -> None:
        """Make the frame; `below` are bars under the images that go with a side panel."""
        super().__init__()
        self._scale = 1.0
        self._width = 300
        self.rail = Rail(PANELS)
        self.steps = StepBar()
        self.readout = ReadOut()
        self.line = QProgressBar()
        self.line.setTextVisible(False)
        self.line.setFixedHeight(LINE)
        middle = QWidget()
        column = _packed(QVBoxLayout(middle))
        stack.setMinimumHeight(LEAST)  # bars below must not make the window higher than the screen
        column.addWidget(stack, 1)
        column.addWidget(self.line)
        column.addWidget(strip)
        self._below = below
        for bar in below.values():
            column.addWidget(bar)
            bar.hide()
        column.addWidget(self.steps)
        self._panels = panels
        self.side = QStackedWidget()
        self.side.setObjectName("panel")
        self.side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        for panel in panels.values():
            self.side.addWidget(panel)
        self.side.hide()
        self.split = QSplitter()
        self.split.setHandleWidth(1)
        self.split.addWidget(middle)
        self.split.addWidget(self.side)
        self.split.setStretchFactor(0, 1)
        self.split.setCollapsible(0, False)
        upper = QWidget()
        row = _packed(QHBoxLayout(upper))
        row.addWidget(self.rail)
        row.addWidget(self.split, 1)
        column = _packed(QVBoxLayout(self))
        column.addWidget(upper, 1)
        column.addWidget(self.readout)

    @property
    def panel(self) -> str:
        """Name of the side panel that is open, or nothing."""
        shown = self.side.currentWidget() if self.side.isVisible() else None
        return next((name for name, panel in self._panels.items() if panel is shown), "")

    @property
    def panel_width(self) -> int:
        """Width of the side panel that is open, or was last, in pixels at the normal font size."""
        self._note()
        return self._width

    def _note(self) -> None:
        if self.side.isVisible():
            self._width = round(self.side.width() / self._scale)

    def set_widths(self, width: int, scale: float) -> None:
        """Make side panels so wide at the normal font size, and wider as the font is larger."""
        self._width, self._scale = width, scale
        if self.side.isVisible():
            self._spread()

    def _spread(self) -> None:
        width = round(self._width * self._scale)
        self.split.setSizes([self.split.width() - width, width])

    def show_side(self, name: str) -> None:
        """Open one side panel as wide as the last one was, or none."""
        self._note()
        self.side.setVisible(bool(name))
        for panel, bar in self._below.items():
            bar.setVisible(panel == name)
        if name:
            self.side.setCurrentWidget(self._panels[name])
            self._spread()


def _packed(layout: Packed) -> Packed:
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    return layout
