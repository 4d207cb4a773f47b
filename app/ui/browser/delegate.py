"""Draws a row of the list of exams: small picture, whose and when, its views."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.core.mammogram import Source
from app.language import tr, trn
from app.ui.browser.listing import Row, day, views
from app.ui.browser.model import HERE, ROW
from app.ui.browser.thumbnails import SIZE, Thumbnails
from app.ui.theme import Theme

EDGE = 5  #: pixels around a row's content
GAP = 9  #: between picture and words
BAR = 2  #: of the line at the left of what hangs

Index = QModelIndex | QPersistentModelIndex


class ExamDelegate(QStyledItemDelegate):
    """Three lines beside the picture; nothing is laid out but the rows in sight."""

    def __init__(self, thumbnails: Thumbnails, theme: Theme) -> None:
        super().__init__()
        self._thumbnails, self._theme = thumbnails, theme

    def height(self) -> int:
        """Return the height of a row, the same for all."""
        lines = 3 * QFontMetrics(self._theme.font()).lineSpacing() + 2
        return max(SIZE.height(), lines) + 2 * EDGE

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        row: Row | None = index.data(ROW)
        if row is None:
            return
        theme, box = self._theme, QRect(option.rect)
        state = option.state
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.fillRect(box, theme.color("line"))
        if index.data(HERE):
            painter.fillRect(QRect(box.topLeft(), QSize(BAR, box.height())), theme.color("focus"))
        place = QRect(box.left() + BAR + EDGE, box.top() + EDGE, SIZE.width(), SIZE.height())
        self._picture(painter, place, row)
        left = place.right() + 1 + GAP
        self._words(
            painter, QRect(left, place.top(), box.right() - EDGE - left, place.height()), row
        )

    def _picture(self, painter: QPainter, place: QRect, row: Row) -> None:
        image = self._thumbnails.get(row.exam)
        if image is not None:
            painter.drawImage(place.topLeft(), image)
            return
        painter.fillRect(place, self._theme.color("surround"))
        if self._thumbnails.failed(row.exam.id):
            painter.setFont(self._theme.font("overlay"))
            painter.setPen(self._theme.color("dim"))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), tr("no picture"))

    def _words(self, painter: QPainter, place: QRect, row: Row) -> None:
        """Write name, then date and number of images, then views; each cut where it must be."""
        theme, exam = self._theme, row.exam
        made = exam.source is Source.SYNTHETIC
        count = trn("{count} image", "{count} images", len(exam.images))
        when = tr("SYNTHETIC") if made else day(exam)
        lines: list[tuple[str, QFont, str]] = [
            (row.name, theme.font(bold=True), "text"),
            (
                "  ".join(part for part in (when, count) if part),
                theme.font(),
                "synthetic" if made else "text",
            ),
            (views(exam), theme.font("overlay"), "dim"),
        ]
        step = place.height() // len(lines)
        for number, (words, font, colour) in enumerate(lines):
            line = QRect(place.left(), place.top() + number * step, place.width(), step)
            painter.setFont(font)
            painter.setPen(theme.color(colour))
            cut = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, line.width())
            painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), cut)
