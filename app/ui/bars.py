"""The narrow strips round the grid: rail, step bar, read-out."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import resources
from app.core.mammogram import SpacingBasis
from app.core.viewstate import depth_and_along, image_point
from app.language import tr
from app.ui.locale import number
from app.ui.overlay import window_words, zoom_words
from app.ui.pane import Pane


@cache
def _icons() -> Path:
    return resources.folder("icons")  # looked for once: a panel of sliders asks some hundred times


def icon(name: str) -> QIcon:
    """Return an icon of resources/icons."""
    return QIcon(str(_icons() / f"{name}.svg"))


class Rail(QWidget):
    """Buttons that open and close the side panels, one panel at a time."""

    picked = Signal(str)  #: panel to show, empty for none

    def __init__(self, panels: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setContentsMargins(3, 6, 3, 6)
        self.buttons: dict[str, QToolButton] = {}
        for name, words in panels:
            button = QToolButton()
            button.setCheckable(True)
            button.setToolTip(tr(words))
            button.setAccessibleName(tr(words))
            button.setIcon(icon(name))
            button.setIconSize(QSize(22, 22))
            button.clicked.connect(lambda on, name=name: self.picked.emit(name if on else ""))
            if name == "settings":  # at the foot, where such a button is looked for
                column.addStretch()
            column.addWidget(button)
            self.buttons[name] = button

    def mark(self, panel: str) -> None:
        """Show which panel is open."""
        for name, button in self.buttons.items():
            button.setChecked(name == panel)


class StepBar(QWidget):
    """The steps of the protocol in reading order, and where in the exams one is."""

    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 10, 0)
        row.setSpacing(0)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(0)
        self.place = QLabel()
        self.place.setObjectName("dim")
        row.addLayout(self._buttons)
        row.addStretch()
        row.addWidget(self.place)
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self.picked)
        self._names: list[str] = []

    def show_steps(self, names: Sequence[str], current: int, place: str) -> None:
        """Write the names, mark the current one, and say where the reader is."""
        if list(names) != self._names:
            self._names = list(names)
            for old in self._group.buttons():
                self._group.removeButton(old)
                self._buttons.removeWidget(old)
                old.deleteLater()
            for number, name in enumerate(names):
                button = QToolButton()
                button.setText(tr(name))
                button.setCheckable(True)
                button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
                self._group.addButton(button, number)
                self._buttons.addWidget(button)
        if 0 <= current < len(names):
            self._group.button(current).setChecked(True)
        self.place.setText(place)


class ReadOut(QWidget):
    """What lies under the pointer, how it is shown, and the banner that never goes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 3, 10, 3)
        self.words = QLabel()
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.links = QLabel()
        self.links.setObjectName("dim")
        self.banner = QLabel(tr("Research use only"))
        row.addWidget(self.words, 1)
        row.addWidget(self.links)
        row.addSpacing(16)
        row.addWidget(self.banner)

    def show_pane(self, pane: Pane | None, place: QPointF | None = None) -> None:
        """Tell of a pane and, with a place in it, of the pixel there."""
        self.words.setText("" if pane is None else "   ".join(describe(pane, place)))


def describe(pane: Pane, place: QPointF | None = None) -> list[str]:
    """Return label, pixel values, millimetres, zoom, window and basis of the lengths."""
    if pane.facts is None or pane.plate is None:
        return []
    words = [pane.facts.label]
    if pane.picture is None or pane.voi is None:
        return [*words, tr("reading") if not pane.failure else pane.failure]
    if place is not None:
        words += _under(pane, place)
    words += [zoom_words(pane.view, pane.plate)]
    words += [window_words(pane.voi, invert=pane.view.invert)]
    if pane.facts.spacing_basis is not SpacingBasis.NONE or place is None:
        words.append(tr(pane.facts.spacing_basis.value))
    return words


def _under(pane: Pane, place: QPointF) -> list[str]:
    """Return stored, rescaled and displayed value, and place in millimetres, under a point."""
    assert pane.facts is not None
    assert pane.plate is not None
    assert pane.picture is not None
    point = (place.x() * pane.ratio, place.y() * pane.ratio)
    turned = image_point(pane.view, pane.plate, pane.tile(), point)
    x, y = pane.transform.back(turned, pane.facts.rows, pane.facts.columns)
    row, column = int(np.floor(y)), int(np.floor(x))
    if not (0 <= row < pane.facts.rows and 0 <= column < pane.facts.columns):
        return []
    pixel = pane.picture.mammogram.pixels[row, column]
    encoding = pane.picture.mammogram.encoding
    stored, rescaled = int(pixel) + encoding.offset, float(encoding.rescale(pixel))
    shown = pixel if pane.enhanced is None else pane.enhanced.levels[0][row, column]
    words = [
        tr("stored {value}", value=stored),
        tr("rescaled {value}", value=f"{rescaled:g}"),
        tr("displayed {value}", value=pane.grey_of(int(shown))),
    ]
    if not pane.plate.nominal:
        depth, along = depth_and_along(pane.view, pane.plate, pane.tile(), point)
        words.append(
            tr(
                "{depth} mm from chest wall, {along} mm",
                depth=number(depth, 1),
                along=("+" if along >= 0 else "") + number(along, 1),
            )
        )
    return words
