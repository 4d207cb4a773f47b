"""The strip under the panes: images that no step shows, each with its reason.

A click hangs an image in the active pane, a drag in any pane; both can be undone.
"""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QMimeData, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QImage, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QWidget,
)

from app.core.display import apply_table, display_table
from app.core.hanging import Unhung, hang_transform
from app.core.persons import day_words
from app.language import tr
from app.ui.pane import IMAGE
from app.ui.pictures import Picture, Pictures
from app.ui.theme import Theme

HIGH = 50  #: logical pixels
THUMB = 40
WORDS = 200  #: width of the words of a chip
SHOWN = 60  #: a folder of loose images must not fill the strip with thousands


def small(picture: Picture, least: int) -> QPixmap:
    """Return a picture of an image as it hangs, about `least` pixels wide or more."""
    levels = picture.pyramid.levels
    level = next((one for one in reversed(levels) if min(one.shape) >= least), levels[0])
    grey = apply_table(level, display_table(picture.mammogram.encoding, picture.voi))
    transform, _ = hang_transform(picture.mammogram.facts)
    turned = np.ascontiguousarray(transform.apply(grey))
    rows, columns = turned.shape
    form = QImage.Format.Format_Grayscale8
    return QPixmap.fromImage(QImage(turned.data, columns, rows, columns, form).copy())


class Chip(QAbstractButton):
    """One image: a small picture, its label, and why no step shows it."""

    def __init__(self, left: Unhung, theme: Theme) -> None:
        super().__init__()
        self.left, self._theme = left, theme
        self._picture: QPixmap | None = None
        self._pressed = QPointF()
        name = left.image.file.replace("\\", "/").rsplit("/", 1)[-1]
        prior = f"   {day_words(left.image.date)}" if left.role.startswith("prior") else ""
        self.setText(left.image.acr_label + prior)
        hint = tr("Click: hang in the active pane. Drag: in any.")
        self.setToolTip(f"{name}\n{left.reason}\n{hint}")
        self.setAccessibleName(
            tr("{label} is not hung: {reason}", label=left.image.acr_label, reason=left.reason)
        )
        self.setFixedSize(THUMB + WORDS, HIGH)

    def show_picture(self, picture: Picture) -> None:
        """Take the picture once it is read."""
        self._picture = small(picture, THUMB * 2)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of a chip."""
        return QSize(THUMB + WORDS, HIGH)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw picture, label and reason."""
        painter, theme = QPainter(self), self._theme
        painter.fillRect(self.rect(), theme.color("panel" if self.underMouse() else "chrome"))
        if self._picture is not None:
            box = QSize(THUMB, HIGH - 6)
            fitted = self._picture.size().scaled(box, Qt.AspectRatioMode.KeepAspectRatio)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            place = QRectF(0, 0, fitted.width(), fitted.height())
            place.moveCenter(QPointF(THUMB / 2 + 2, HIGH / 2))
            painter.drawPixmap(place, self._picture, QRectF(self._picture.rect()))
        words = self.rect().adjusted(THUMB + 8, 3, -6, -3)
        painter.setFont(theme.font("overlay", bold=True))
        painter.setPen(theme.color("text"))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        painter.drawText(words, int(flags), self.text())
        below = words.adjusted(0, painter.fontMetrics().height(), 0, 0)
        painter.setFont(theme.font("overlay"))
        painter.setPen(theme.color("dim"))
        painter.drawText(below, int(flags) | int(Qt.TextFlag.TextWordWrap), self.left.reason)
        if self.hasFocus():
            painter.setPen(theme.color("focus"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        self._pressed = event.position()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the image once the hand has moved far enough."""
        far = (event.position() - self._pressed).manhattanLength()
        if not self.isDown() or far < QApplication.startDragDistance():
            return
        self.setDown(False)
        drag = QDrag(self)
        drag.setMimeData(self.carried())
        if self._picture is not None:
            drag.setPixmap(self._picture)
        drag.exec(Qt.DropAction.CopyAction)

    def carried(self) -> QMimeData:
        """Return what a drag carries: which image it is."""
        data = QMimeData()
        data.setData(IMAGE, self.left.image.file.encode())
        return data


class Strip(QWidget):
    """Chips in a row; hidden while every image hangs."""

    picked = Signal(object)  #: Facts to hang in the active pane

    def __init__(self, pictures: Pictures, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures, self._theme = pictures, theme
        self.setObjectName("bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.count = QLabel()
        self.count.setObjectName("dim")
        inner = QWidget()
        self._row = QHBoxLayout(inner)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)
        self._row.setAlignment(Qt.AlignmentFlag.AlignLeft)
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFixedHeight(HIGH + 8)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 1, 0, 1)
        row.addWidget(self.count)
        row.addWidget(scroll, 1)
        self.chips: list[Chip] = []
        pictures.arrived.connect(self._take)
        self.hide()

    def show_left(self, left: Sequence[Unhung], keep: bool = False) -> None:
        """Show what is not hung; with `keep` the strip stays although nothing is."""
        if list(left[:SHOWN]) != [chip.left for chip in self.chips]:
            for chip in self.chips:
                self._row.removeWidget(chip)
                chip.setParent(None)
                chip.deleteLater()
            self.chips = [Chip(one, self._theme) for one in left[:SHOWN]]
            for chip in self.chips:
                chip.clicked.connect(lambda _=False, c=chip: self.picked.emit(c.left.image))
                self._row.addWidget(chip)
                if (picture := self._pictures.get(chip.left.image.file)) is not None:
                    chip.show_picture(picture)
        words = tr("Not hung ({count})", count=len(left))
        if len(left) > SHOWN:
            words = tr("Not hung ({count}), first {shown}", count=len(left), shown=SHOWN)
        self.count.setText(words)
        self.setVisible(bool(left) or keep)

    def _take(self, file: str) -> None:
        picture = self._pictures.get(file)
        for chip in self.chips:
            if picture is not None and chip.left.image.file == file:
                chip.show_picture(picture)
