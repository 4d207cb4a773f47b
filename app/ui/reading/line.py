"""The one line under the stimulus: question, answers with their keys, progress."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.ui.theme import Theme

HEIGHT = 52  #: room for two rows: the stimulus never moves when a line grows
EDGE = 16
SIZES = ((15, 26), (15, 14), (13, 12), (12, 8), (11, 6), (10, 4))  #: of letters; between answers
Choice = tuple[str, str, bool]  #: key, words, chosen


class AnswerLine(QWidget):
    """Paints words only; it takes no clicks, so that nothing is answered by a stray hand."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.question, self.place = "", ""
        self.choices: Sequence[Choice] = ()
        self.setFixedHeight(HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def say(self, question: str, choices: Sequence[Choice], place: str) -> None:
        """Show words; none at all between trials."""
        self.question, self.choices, self.place = question, choices, place
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint all in one row; where that is too narrow, question and place above the answers."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.color("surround"))
        inside = QRectF(self.rect()).adjusted(EDGE, 0, -EDGE, 0)
        font, gap = self._font(SIZES[0][0]), SIZES[0][1]
        metrics = QFontMetricsF(font)
        asked = metrics.horizontalAdvance(self.question) + 30 if self.question else 0.0
        answers = sum(self.widths(metrics, gap))
        # In the middle of the screen, not of what the place leaves: both sides keep its room.
        if asked + answers <= inside.width() - 2 * self._place_width(metrics):
            left = inside.left() + (inside.width() - answers - asked) / 2
            row = QRectF(left, 0, inside.width(), inside.height())
            self._write(painter, font, row, "dim", self.question)
            self._answer(painter, font, row.adjusted(asked, 0, 0, 0), gap)
        else:
            half = inside.height() / 2
            above, below = inside.adjusted(0, 3, 0, -half), inside.adjusted(0, half, 0, -3)
            self._ask(painter, above)
            self._squeeze(painter, below)
            inside = above
        self._write(painter, font, inside, "dim", self.place, Qt.AlignmentFlag.AlignRight)
        painter.end()

    def widths(self, metrics: QFontMetricsF, gap: float) -> list[float]:
        """Return how wide each answer is, the gap after it included."""
        space = metrics.horizontalAdvance("0")
        return [
            metrics.horizontalAdvance(key) + space + metrics.horizontalAdvance(words) + gap
            for key, words, _ in self.choices
        ]

    def _font(self, size: int) -> QFont:
        font = QFont(self.theme.font())
        font.setPixelSize(size)
        return font

    def _place_width(self, metrics: QFontMetricsF) -> float:
        return metrics.horizontalAdvance("0000 / 0000") + 24

    def _ask(self, painter: QPainter, row: QRectF) -> None:
        """Write the question in the middle of a row of its own, in smaller letters if need be."""
        room = row.width() - 2 * self._place_width(QFontMetricsF(self._font(SIZES[0][0])))
        for size, _ in SIZES:
            font = self._font(size)
            metrics = QFontMetricsF(font)
            if metrics.horizontalAdvance(self.question) <= room:
                break
        words = metrics.elidedText(self.question, Qt.TextElideMode.ElideRight, room)
        self._write(painter, font, row, "dim", words, Qt.AlignmentFlag.AlignHCenter)

    def _squeeze(self, painter: QPainter, row: QRectF) -> None:
        """Write the answers in the middle of a row, closer and smaller until all are seen."""
        for size, gap in SIZES:
            font = self._font(size)
            taken = sum(self.widths(QFontMetricsF(font), gap))
            if taken <= row.width():
                break
        start = max((row.width() - taken) / 2, 0)
        self._answer(painter, font, row.adjusted(start, 0, 0, 0), gap)

    def _answer(self, painter: QPainter, font: QFont, row: QRectF, gap: float) -> None:
        """Write the answers from the left edge of a row."""
        metrics = QFontMetricsF(font)
        left, high = row.left(), min(row.height() - 2, 30)
        for (key, words, chosen), width in zip(
            self.choices, self.widths(metrics, gap), strict=True
        ):
            if chosen:
                margin = min(10.0, gap / 2)
                top = row.center().y() - high / 2
                frame = QRectF(left - margin, top, width - gap + 2 * margin, high)
                painter.fillRect(frame, self.theme.color("line"))
            place = QRectF(left, row.top(), width, row.height())
            self._write(painter, font, place, "focus", key)
            place.setLeft(left + metrics.horizontalAdvance(key) + metrics.horizontalAdvance("0"))
            self._write(painter, font, place, "text" if key else "dim", words)
            left += width

    def _write(
        self,
        painter: QPainter,
        font: QFont,
        row: QRectF,
        token: str,
        words: str,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        painter.setFont(font)
        painter.setPen(self.theme.color(token))
        painter.drawText(row, int(Qt.AlignmentFlag.AlignVCenter | side), words)
