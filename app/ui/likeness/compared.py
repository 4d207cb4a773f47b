"""Pictures side by side whose zoom and place are one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

MOST_ZOOM = 16.0
STEP = 1.2
CLOSE_BY, FAR_OFF = 220, 190  #: least height and width of a picture


def grey_image(grey: NDArray[np.floating]) -> QImage:
    """Return an image of grey, (rows, columns), 0 to 1."""
    eight = np.ascontiguousarray(np.clip(grey, 0, 1) * 255, np.uint8)
    rows, columns = eight.shape
    form = QImage.Format.Format_Grayscale8
    return QImage(eight.data, columns, rows, columns, form).copy()


def signed_image(values: NDArray[np.floating], full: float = 0.5) -> QImage:
    """Return an image of values about 0: orange above, blue below, brightest at `full`."""
    share = np.clip(values / full, -1, 1)[..., None]
    above, below = np.array([230.0, 150, 60]), np.array([80.0, 150, 235])
    colour = np.where(share > 0, share * above, -share * below)
    eight = np.ascontiguousarray(colour, np.uint8)
    rows, columns = eight.shape[:2]
    form = QImage.Format.Format_RGB888
    return QImage(eight.data, columns, rows, 3 * columns, form).copy()


class View(QWidget):
    """One picture, fitted; wheel and drag are told to all."""

    zoomed = Signal(float, QPointF)  #: factor, place in shares of the picture
    panned = Signal(QPointF)  #: in shares of the picture
    reset = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self.zoom, self.centre = 1.0, QPointF(0.5, 0.5)
        self._from: QPointF | None = None
        self.setMinimumSize(FAR_OFF, CLOSE_BY)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_image(self, image: QImage) -> None:
        """Show a picture where the last one was."""
        self._image = image
        self.update()

    def look(self, zoom: float, centre: QPointF) -> None:
        """Show so much about a place."""
        self.zoom, self.centre = zoom, centre
        self.update()

    def _box(self) -> QRectF:
        """Return where the whole picture lies."""
        columns, rows = max(self._image.width(), 1), max(self._image.height(), 1)
        scale = min(self.width() / columns, self.height() / rows) * self.zoom
        wide, high = columns * scale, rows * scale
        left = self.width() / 2 - self.centre.x() * wide
        return QRectF(left, self.height() / 2 - self.centre.y() * high, wide, high)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture on black."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if not self._image.isNull():
            painter.drawImage(self._box(), self._image)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        box, at = self._box(), event.position()
        place = QPointF((at.x() - box.left()) / box.width(), (at.y() - box.top()) / box.height())
        self.zoomed.emit(STEP if event.angleDelta().y() > 0 else 1 / STEP, place)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag."""
        self._from = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag."""
        if self._from is not None:
            box, by = self._box(), event.position() - self._from
            self._from = event.position()
            self.panned.emit(QPointF(by.x() / box.width(), by.y() / box.height()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End to drag."""
        self._from = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole again."""
        self.reset.emit()


class Compared(QWidget):
    """A row of pictures with a title above each."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.titles = [QLabel() for _ in range(count)]
        self.views = [View() for _ in range(count)]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        grid.setRowStretch(1, 1)
        for k, (title, view) in enumerate(zip(self.titles, self.views, strict=True)):
            title.setObjectName("dim")
            title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            grid.addWidget(title, 0, k)
            grid.addWidget(view, 1, k)
            view.zoomed.connect(self._zoom)
            view.panned.connect(self._pan)
            view.reset.connect(lambda: self._look(1.0, QPointF(0.5, 0.5)))

    def show_images(self, images: Sequence[tuple[str, QImage]]) -> None:
        """Show titles and pictures; places without one stay empty."""
        for k, (title, view) in enumerate(zip(self.titles, self.views, strict=True)):
            words, image = images[k] if k < len(images) else ("", QImage())
            title.setText(words)
            view.setAccessibleName(words)
            view.show_image(image)

    def _zoom(self, factor: float, place: QPointF) -> None:
        zoom = min(max(self.views[0].zoom * factor, 1.0), MOST_ZOOM)
        kept = self.views[0].zoom / zoom
        self._look(zoom, place + (self.views[0].centre - place) * kept)

    def _pan(self, by: QPointF) -> None:
        self._look(self.views[0].zoom, self.views[0].centre - by)

    def _look(self, zoom: float, centre: QPointF) -> None:
        half = 0.5 / zoom
        bounded = QPointF(
            min(max(centre.x(), half), 1 - half), min(max(centre.y(), half), 1 - half)
        )
        for view in self.views:
            view.look(zoom, bounded)
