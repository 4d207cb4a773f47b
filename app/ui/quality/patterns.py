"""Patterns over a whole screen, one value per device pixel: nothing scales or smooths them."""

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QScreen,
)
from PySide6.QtWidgets import QWidget

from app.core import pattern
from app.core.gsdf import GREYS
from app.core.pattern import FAINT, Pattern
from app.language import later, tr

WORDS = "QUALITY CONTROL"
Make = Callable[[int, int], Pattern]
PATTERNS: tuple[tuple[str, Make], ...] = (
    (later("Quality control"), pattern.quality),
    (later("Uniform, dark"), partial(pattern.blank, grey=26)),
    (later("Uniform, bright"), partial(pattern.blank, grey=204)),
)


class PatternWindow(QWidget):
    """Covers one screen; arrows go to the next pattern, Esc leaves."""

    def __init__(self, screen: QScreen, first: int = 0, *, meter: bool = False) -> None:
        super().__init__()
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.BlankCursor)
        self._all: list[tuple[str, Make]] = list(PATTERNS)
        if meter:
            self._all = [(f"{grey}", partial(pattern.patch, grey=grey)) for grey in GREYS]
        self.number = first
        self._image: QImage | None = None
        self.setScreen(screen)
        self.setGeometry(screen.geometry())

    def showFullScreen(self) -> None:
        """Cover the screen and take the keyboard."""
        super().showFullScreen()
        self.setGeometry(self.screen().geometry())  # where no window manager makes it so
        self.activateWindow()
        self._say()

    def image(self) -> QImage:
        """Return the picture at the screen's own pixels."""
        ratio = self.devicePixelRatioF()
        columns, rows = round(self.width() * ratio), round(self.height() * ratio)
        if self._image is None or (self._image.width(), self._image.height()) != (columns, rows):
            self._image = drawn(self._all[self.number][1](columns, rows))
        self._image.setDevicePixelRatio(ratio)
        return self._image

    def _say(self) -> None:
        self.setWindowTitle(tr(self._all[self.number][0]))
        self.setAccessibleName(self.windowTitle())
        self._image = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Blit the picture 1:1."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#000000"))
        painter.drawImage(QPointF(0, 0), self.image())
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go on, back, or leave."""
        on = (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Space, Qt.Key.Key_PageDown)
        back = (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_PageUp)
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in (*on, *back):
            self.number = (self.number + (1 if event.key() in on else -1)) % len(self._all)
            self._say()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go on."""
        self.number = (self.number + 1) % len(self._all)
        self._say()


def drawn(made: Pattern) -> QImage:
    """Return a pattern as an image, its faint letters written."""
    rows, columns = made.pixels.shape
    image = QImage(columns, rows, QImage.Format.Format_Grayscale8)
    view = np.frombuffer(image.bits(), np.uint8).reshape(rows, image.bytesPerLine())
    view[:, :columns] = made.pixels
    painter = QPainter(image)
    for box, grey in made.letters:
        font = QFont()
        letters = WORDS.replace(" ", "")
        advance = box.width / (len(letters) + 1)
        font.setPixelSize(max(int(min(box.height * 0.7, advance * 1.2)), 6))
        font.setBold(True)
        font.setStyleStrategy(QFont.StyleStrategy.NoAntialias)  # each letter one grey exactly
        painter.setFont(font)
        for number, letter in enumerate(letters):
            step = FAINT[min(number, len(FAINT) - 1)]
            value = grey - step if grey == 255 else grey + step
            painter.setPen(QColor(value, value, value))
            x = box.left + advance * (number + 0.75)
            y = box.top + (box.height + font.pixelSize() * 0.7) / 2
            painter.drawText(QPointF(round(x), round(y)), letter)
    painter.end()
    return image
