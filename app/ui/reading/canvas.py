"""The stimulus on black: one case or two, one view or four; no word is written on it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.core.mammogram import SCREENING
from app.ui.theme import Theme

MILLION = 1_000_000
GAP = 24  #: between two cases
STEP, LEAP = 0.01, 0.06  #: of the cross-hair, as shares of a picture's height


class Tile:
    """One picture of the stimulus: which case and view it is, and where it lies."""

    def __init__(self, case: int, view: int, pixels: NDArray[np.uint8], four: bool) -> None:
        self.case, self.view = case, view
        rows, columns = pixels.shape
        self._pixels = np.ascontiguousarray(pixels)  # Qt does not copy
        kind = QImage.Format.Format_Grayscale8
        self.image = QImage(self._pixels.data, columns, rows, columns, kind)
        self.right = four and SCREENING[view][0] == "R"
        self.name = SCREENING[view][1] if four else ""
        self.rect = QRectF()
        self.clip = QRectF()


class Canvas(QWidget):
    """Paints the stimulus, or nothing; says when it is on the screen."""

    painted = Signal()
    placed = Signal()  #: a mark was begun with the mouse

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.tiles: list[Tile] = []
        self.marks: list[dict[str, Any]] = []
        self.cross: tuple[int, QPointF] | None = None  #: tile, and place as shares of it
        self.magnified = 1
        self.centre = QPointF(0.5, 0.5)
        self.marking = False  #: marks are allowed
        self._wanted = False
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_cases(self, cases: list[NDArray[np.uint8]], *, marking: bool) -> None:
        """Show cases, each (views, rows, columns), side by side; marks begin afresh."""
        self.tiles = [
            Tile(number, view, case[view], case.shape[0] == len(SCREENING))
            for number, case in enumerate(cases)
            for view in range(case.shape[0])
        ]
        self.marks, self.cross, self.magnified = [], None, 1
        self.centre = QPointF(0.5, 0.5)
        self.marking, self._wanted = marking, True
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.tiles, self.marks, self.cross = [], [], None
        self.update()

    # Zoom and marks.

    def magnify(self, most: int) -> None:
        """Go from fitted to the largest size allowed, and back."""
        self.magnified = most if self.magnified == 1 else 1
        self.centre = QPointF(0.5, 0.5)
        self.update()

    def move_view(self, right: int, down: int) -> None:
        """Push the magnified view by a tenth of it."""
        step = 0.1 / self.magnified * 2
        edge = 0.5 / self.magnified
        x = min(max(self.centre.x() + right * step, edge), 1 - edge)
        y = min(max(self.centre.y() + down * step, edge), 1 - edge)
        self.centre = QPointF(x, y)
        self.update()

    def begin_mark(self) -> None:
        """Put the cross-hair in the middle of the first picture."""
        if self.tiles:
            self.cross = (0, QPointF(0.4, 0.5))
            self.update()

    def next_tile(self) -> None:
        """Put the cross-hair into the next picture."""
        if self.cross is not None:
            self.cross = ((self.cross[0] + 1) % len(self.tiles), QPointF(0.5, 0.5))
            self.update()

    def move_cross(self, right: int, down: int, *, far: bool) -> None:
        """Move the cross-hair within its picture."""
        if self.cross is not None:
            at, place = self.cross
            step = LEAP if far else STEP
            x = min(max(place.x() + right * step * 1.25, 0.0), 1.0)
            self.cross = (at, QPointF(x, min(max(place.y() + down * step, 0.0), 1.0)))
            self.update()

    def set_mark(self, reason: str) -> None:
        """Leave a mark at the cross-hair; x is recorded with the chest wall at the left."""
        assert self.cross is not None
        at, place = self.cross
        tile = self.tiles[at]
        x = 1 - place.x() if tile.right else place.x()
        self.marks.append(
            {
                "case": tile.case,
                "tile": at,
                "view": tile.name,
                "x": round(x * MILLION),
                "y": round(place.y() * MILLION),
                "reason": reason,
            }
        )
        self.cross = None
        self.update()

    def take_back(self) -> None:
        """Take the last mark away."""
        if self.marks:
            self.marks.pop()
            self.update()

    def recorded(self) -> tuple[Mapping[str, Any], ...]:
        """Return the marks as they are recorded."""
        return tuple({k: v for k, v in mark.items() if k != "tile"} for mark in self.marks)

    # Qt.

    def _arrange(self) -> None:
        """Give every tile its place: cases side by side, four views with chest walls meeting."""
        cases = 1 + max(tile.case for tile in self.tiles)
        four = len(self.tiles) > cases
        size = self.tiles[0].image.size()
        wide, high = size.width() * (2 if four else 1), size.height() * (2 if four else 1)
        each = (self.width() - GAP * (cases - 1)) / cases
        scale = min(each / wide, self.height() / high) * self.magnified
        tile_size = QSizeF(size.width() * scale, size.height() * scale)
        block = QSizeF(wide * scale, high * scale)
        for tile in self.tiles:
            middle = tile.case * (each + GAP) + each / 2
            left = middle - block.width() * self.centre.x()
            top = self.height() / 2 - block.height() * self.centre.y()
            column, row = (tile.view % 2, tile.view // 2) if four else (0, 0)
            place = QPointF(left + column * tile_size.width(), top + row * tile_size.height())
            tile.rect = QRectF(place, tile_size)
            tile.clip = QRectF(middle - each / 2, 0, each, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Black, then the pictures, then what the reader marked."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.color("surround"))
        if self.tiles:
            self._arrange()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            for tile in self.tiles:
                painter.setClipRect(tile.clip)
                painter.drawImage(tile.rect, tile.image)
            painter.setClipping(False)
            self._draw_marks(painter)
        painter.end()
        if self._wanted and self.tiles:
            self._wanted = False
            self.painted.emit()

    def _draw_marks(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for mark in self.marks:
            tile = self.tiles[mark["tile"]]
            x = mark["x"] / MILLION
            place = self._on_screen(tile, QPointF(1 - x if tile.right else x, mark["y"] / MILLION))
            for token, width in (("surround", 4.0), ("focus", 2.0)):  # seen on white and on black
                painter.setPen(QPen(self.theme.color(token), width))
                painter.drawEllipse(place, 10, 10)
        if self.cross is not None:
            place = self._on_screen(self.tiles[self.cross[0]], self.cross[1])
            for token, width in (("surround", 4.0), ("text", 1.5)):
                painter.setPen(QPen(self.theme.color(token), width))
                for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                    near, far = QPointF(6 * dx, 6 * dy), QPointF(20 * dx, 20 * dy)
                    painter.drawLine(place + near, place + far)

    def _on_screen(self, tile: Tile, place: QPointF) -> QPointF:
        rect = tile.rect
        return QPointF(
            rect.left() + place.x() * rect.width(), rect.top() + place.y() * rect.height()
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a mark under the pointer, where marks are allowed."""
        if not self.marking:
            return
        for at, tile in enumerate(self.tiles):
            if tile.rect.contains(event.position()):
                inside = event.position() - tile.rect.topLeft()
                x, y = inside.x() / tile.rect.width(), inside.y() / tile.rect.height()
                self.cross = (at, QPointF(x, y))
                self.update()
                self.placed.emit()
                return
