"""A direction in the latent panel: name, slider, lock, read-back, pictures of where it leads."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
)

from app.language import tr
from app.ui.bars import icon
from app.ui.locale import number

STEPS = 100  #: slider steps per unit
AT = (-2.0, 0.0, 2.0)  #: amounts that are shown as pictures
THUMB = QSize(38, 47)
SMALL = 22  #: width of a row's buttons


class Slider(QSlider):
    """A slider with a resting value that a double click brings back."""

    def __init__(self, low: float, high: float, rest: float, name: str) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(round(low * STEPS), round(high * STEPS))
        self.setPageStep(STEPS // 2)
        self.setSingleStep(STEPS // 10)
        self.setAccessibleName(name)
        self._rest = round(rest * STEPS)
        self.show_amount(rest)

    def amount(self) -> float:
        """Return the value in units, not steps."""
        return self.value() / STEPS

    def show_amount(self, amount: float) -> None:
        """Move without telling anyone, unless a hand holds the slider."""
        if not self.isSliderDown():
            self.blockSignals(True)
            self.setValue(round(amount * STEPS))
            self.blockSignals(False)

    def reset(self) -> None:
        """Go back to rest."""
        self.setValue(self._rest)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go back to rest."""
        self.setSliderDown(False)
        self.reset()


class Thumbs(QWidget):
    """What the exam would look like at -2, 0 and +2, under those places of the slider."""

    picked = Signal(float)

    def __init__(self, reach: float, name: str) -> None:
        super().__init__()
        self._reach = reach
        self._shown: list[tuple[float, QImage]] = []
        self.setFixedHeight(THUMB.height() + 2)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("{name}: at -2, 0 and +2", name=name))
        self.setToolTip(tr("Click to go there"))
        self.hide()

    @property
    def amounts(self) -> list[float]:
        """The amounts whose pictures are shown: none beyond the slider's reach."""
        return [float(np.clip(at, -self._reach, self._reach)) for at in AT]

    def show_pictures(self, pictures: NDArray[np.uint8]) -> None:
        """Show pictures, (3, rows, columns)."""
        self._shown = []
        for amount, grey in zip(self.amounts, np.ascontiguousarray(pictures), strict=True):
            rows, columns = grey.shape
            form = QImage.Format.Format_Grayscale8
            image = QImage(grey.data, columns, rows, grey.strides[0], form).copy()
            self._shown.append((amount, image))
        self.show()
        self.update()

    def _box(self, amount: float) -> QRectF:
        middle = (amount + self._reach) / (2 * self._reach) * self.width()
        left = min(max(middle - THUMB.width() / 2, 0), self.width() - THUMB.width())
        return QRectF(left, 1, THUMB.width(), THUMB.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pictures at their places."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for amount, image in self._shown:
            painter.drawImage(self._box(amount), image)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the picture under the pointer."""
        for amount, _ in self._shown:
            if self._box(amount).contains(event.position()):
                self.picked.emit(amount)


class Row:
    """Name, slider, value and buttons of one amount, in three lines of a grid."""

    def __init__(
        self,
        name: str,
        low: float,
        high: float,
        rest: float,
        moved: Callable[[float], None],
        *,
        hint: str = "",
        facts: str = "",
        locked: Callable[[bool], None] | None = None,
    ) -> None:
        self.slider = Slider(low, high, rest, name)
        self.value = QLabel()
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.name = QLabel(name)
        self.name.setToolTip(hint)
        self.slider.setAccessibleDescription(hint)
        self._facts = facts
        self.facts = QLabel(facts)
        self.facts.setObjectName("dim")
        self.facts.setToolTip(hint)
        for words in (self.name, self.facts):  # long ones are cut off, not the buttons beside them
            words.setMinimumWidth(1)
        self.back = QToolButton()
        self.back.setText("\N{ANTICLOCKWISE OPEN CIRCLE ARROW}")
        self.back.setToolTip(tr("Set {name} back to {rest}", name=name, rest=f"{rest:g}"))
        self.back.setAccessibleName(tr("Set {name} back", name=name))
        self.lock: QToolButton | None = None
        self.thumbs: Thumbs | None = None
        if locked is not None:
            self.lock = QToolButton()
            self.lock.setCheckable(True)
            self.lock.setIcon(icon("lock"))
            self.lock.setToolTip(tr("Lock {name}: other sliders leave it as it is", name=name))
            self.lock.setAccessibleName(tr("Lock {name}", name=name))
            self.lock.clicked.connect(lambda on: locked(on))
            self.thumbs = Thumbs(high, name)
            self.thumbs.picked.connect(lambda amount: self.slider.setValue(round(amount * STEPS)))
        for button in (self.back, self.lock):
            if button is not None:
                button.setObjectName("small")
                button.setFixedWidth(SMALL)
        self._signed = low < 0
        self._read_back = ""
        self.slider.valueChanged.connect(lambda _: moved(self.slider.amount()))
        self.back.clicked.connect(self.slider.reset)
        self.show_amount(rest)

    def put(self, grid: QGridLayout, line: int) -> None:
        """Take three lines and two columns of a grid: words, slider, pictures."""
        words = QHBoxLayout()  # of its own: what one row says must not widen the others
        words.addWidget(self.name, 1)
        words.addWidget(self.facts)
        words.addWidget(self.value)
        grid.addLayout(words, 3 * line, 0)
        grid.addWidget(self.slider, 3 * line + 1, 0)
        grid.addWidget(self.back, 3 * line + 1, 1)
        if self.lock is not None and self.thumbs is not None:
            grid.addWidget(self.lock, 3 * line, 1)
            grid.addWidget(self.thumbs, 3 * line + 2, 0)

    def bar(self, reason: str) -> None:
        """Let nobody move it, and say why; no reason lets go."""
        for widget in (self.slider, self.back):
            widget.setEnabled(not reason)
        self.facts.setText(reason or self._facts)

    def rename(self, name: str) -> None:
        """Go by another name."""
        self.name.setText(name)
        self.slider.setAccessibleName(name)

    def show(self, on: bool) -> None:
        """Show or hide all of the row."""
        for widget in (self.name, self.value, self.slider, self.back, self.lock):
            if widget is not None:
                widget.setVisible(on)
        self.facts.setVisible(on and not self._read_back)
        if self.thumbs is not None and not on:
            self.thumbs.hide()

    def show_amount(self, amount: float) -> None:
        """Show a value that came from elsewhere."""
        self.slider.show_amount(amount)
        self._amount = number(amount, 2, signed=self._signed)
        self.value.setText(self._read_back + self._amount)

    def show_measured(self, change: float | None) -> None:
        """Say what a move has really changed, in the same steps; None while it is not known."""
        measured = "" if change is None else number(change, 1, signed=True)
        self._read_back = tr("measured {change}", change=measured) + "   " if measured else ""
        self.value.setText(self._read_back + self._amount)
        self.facts.setVisible(not self._read_back and not self.name.isHidden())
