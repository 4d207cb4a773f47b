"""The one line under the stimulus: question, answers with their keys, progress."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.ui.theme import Theme

HEIGHT = 52
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
        """Paint question at the left, answers in the middle, progress at the right."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.color("surround"))
        font = QFont(self.theme.font())
        font.setPixelSize(15)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        inside = QRectF(self.rect()).adjusted(16, 0, -16, 0)
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        painter.setPen(self.theme.color("dim"))
        painter.drawText(inside, middle | int(Qt.AlignmentFlag.AlignRight), self.place)
        side = metrics.horizontalAdvance("0000 / 0000") + 24
        room = inside.width() - 2 * side
        gap = metrics.horizontalAdvance("0")
        widths = [
            metrics.horizontalAdvance(k) + gap + metrics.horizontalAdvance(w) + 26
            for k, w, _ in self.choices
        ]
        asked = metrics.horizontalAdvance(self.question) + 30 if self.question else 0.0
        if asked + sum(widths) > room + side:  # a narrow screen: the answers matter more
            asked = 0.0
        left = inside.left() + max((inside.width() - sum(widths) - asked) / 2, 0)
        painter.setPen(self.theme.color("dim"))
        if asked:
            painter.drawText(QRectF(left, 0, asked, self.height()), middle, self.question)
        left += asked
        for (key, words, chosen), width in zip(self.choices, widths, strict=True):
            if chosen:
                frame = QRectF(left - 10, self.height() / 2 - 15, width - 6, 30)
                painter.fillRect(frame, self.theme.color("line"))
            painter.setPen(self.theme.color("focus"))
            painter.drawText(QRectF(left, 0, width, self.height()), middle, key)
            painter.setPen(self.theme.color("text" if key else "dim"))
            shift = metrics.horizontalAdvance(key) + gap
            painter.drawText(QRectF(left + shift, 0, width, self.height()), middle, words)
            left += width
        painter.end()
