"""The walk from A to B: ends, scrubber over a filmstrip, playing."""

import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, QTimer
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.pace import bounced, even, strides
from app.core.recipe import LatentPoint
from app.ui.panels.sliders import Slider
from app.ui.studio import Film, Studio

FRAME_MS = 40  #: between frames asked for; those that come too late are never drawn
SHOWN = 7  #: pictures of the filmstrip
ONCE, LOOP, BACK = "once", "loop", "to and fro"


class Strip(QWidget):
    """Pictures along the way, as wide as the scrubber."""

    def __init__(self) -> None:
        super().__init__()
        self._images: list[QImage] = []
        self.setFixedHeight(QSize(38, 47).height())
        self.setAccessibleName("Pictures along the walk")

    def show_film(self, frames: NDArray[np.uint8]) -> None:
        """Show some of the frames, (n, rows, columns)."""
        chosen = np.linspace(0, len(frames) - 1, SHOWN).round().astype(int)
        form = QImage.Format.Format_Grayscale8
        self._images = [
            QImage(f.data, f.shape[1], f.shape[0], f.strides[0], form).copy()
            for f in np.ascontiguousarray(frames[chosen])
        ]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pictures side by side."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        wide = self.width() / SHOWN
        for place, image in enumerate(self._images):
            high = min(self.height(), wide * image.height() / image.width())
            box = QRectF(place * wide, (self.height() - high) / 2, wide - 1, high)
            painter.drawImage(box, image)
        painter.end()


class Walk(QWidget):
    """Sets the ends, goes between them by hand, and plays."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._film: Film | None = None
        self._began = 0.0
        self._from = 0.0
        self.set_a, self.set_b = QPushButton("Set A"), QPushButton("Set B")
        self.set_a.clicked.connect(lambda: studio.mark("A"))
        self.set_b.clicked.connect(lambda: studio.mark("B"))
        self.slider = Slider(0, 1, 0, "Walk from A to B")
        self.slider.valueChanged.connect(lambda _: self._go(self.slider.amount()))
        self.strip = Strip()
        self.strip.hide()
        self.where = QLabel()
        self.where.setObjectName("dim")
        self.where.setWordWrap(True)
        self.play = QToolButton()
        self.play.setCheckable(True)
        self.play.setText("\N{BLACK RIGHT-POINTING TRIANGLE}")
        self.play.setToolTip("Play the walk")
        self.play.setAccessibleName("Play the walk")
        self.play.toggled.connect(self._play)
        self.way = QComboBox()
        self.way.addItems([ONCE, LOOP, BACK])
        self.way.setAccessibleName("How the walk is played")
        self.seconds = QDoubleSpinBox()
        self.seconds.setRange(0.5, 60)
        self.seconds.setValue(4)
        self.seconds.setDecimals(1)
        self.seconds.setSuffix(" s")
        self.seconds.setAccessibleName("Seconds from A to B")
        self.evenly = QCheckBox("even steps")
        self.evenly.setToolTip("As much change in every second, however far the latent moves")
        self._timer = QTimer(self, interval=FRAME_MS)
        self._timer.timeout.connect(self._tick)
        self._lay_out()
        studio.filmed.connect(self._take_film)

    def _lay_out(self) -> None:
        ends, playing = QHBoxLayout(), QHBoxLayout()
        ends.addWidget(self.set_a)
        ends.addStretch()
        ends.addWidget(self.evenly)
        ends.addStretch()
        ends.addWidget(self.set_b)
        playing.addWidget(self.play)
        playing.addWidget(self.way, 1)
        playing.addWidget(self.seconds, 1)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addLayout(ends)
        lines.addWidget(self.slider)
        lines.addWidget(self.strip)
        lines.addLayout(playing)
        lines.addWidget(self.where)

    def refresh(self) -> None:
        """Show ends and place as they are."""
        recipe, ends = self._studio.recipe, self._studio.ends
        both = {"A", "B"} <= set(ends)
        for widget in (self.slider, self.play, self.way, self.seconds, self.evenly):
            widget.setEnabled(both)
        if recipe is not None and not self._timer.isActive():
            self.slider.show_amount(recipe.position)
        names = [f"{end}: {_words(ends[end])}" for end in sorted(ends)]
        if self._film is not None and both:
            names.append(f"{self._film.angle:.0f}\N{DEGREE SIGN} apart")
        self.where.setText("   ".join(names) or "Set two ends, then walk between them.")

    def _take_film(self, film: Film) -> None:
        self._film = film
        self.strip.show_film(film.frames)
        self.strip.show()
        self.refresh()

    def _go(self, share: float) -> None:
        """Go to a share of the way: of the angle, or of what changes."""
        evenly = self.evenly.isChecked() and self._film is not None
        place = even(share, strides(self._film.frames)) if evenly and self._film else share
        self._studio.walk(place)

    def _play(self, on: bool) -> None:
        if on:
            start = self.slider.amount()
            self._from = 0.0 if start >= 1 else start
            self._began = time.monotonic()
            self._timer.start()
        else:
            self._timer.stop()

    def _tick(self) -> None:
        share = self._from + (time.monotonic() - self._began) / self.seconds.value()
        way = self.way.currentText()
        if way == ONCE and share >= 1:
            self.play.setChecked(False)
            share = 1.0
        elif way == LOOP:
            share %= 1
        elif way == BACK:
            share = bounced(share)
        self.slider.show_amount(min(share, 1.0))
        self._go(min(share, 1.0))


def _words(point: LatentPoint) -> str:
    """Return an end of a walk in words."""
    return f"seed {point.seed}" + (", moved" if any(point.edits) else "")
