"""The stages of a training on one strip: rungs, how they fade in, where it is, what is left."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.language import thousands, tr
from app.runs import duration
from app.schedule import Rung
from app.ui.theme import Theme

BAND = 28
GAP = 4


class Timeline(QWidget):
    """A strip over all images of the schedule; a click asks for a moment."""

    picked = Signal(int)  #: images shown

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rungs: Sequence[Rung] = ()
        self._left: Mapping[int, float] = {}
        self._shown = 0
        self._mark: int | None = None
        self.setFixedHeight(BAND + GAP + theme.overlay + 12)
        self.setAccessibleName(tr("Stages of the training"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_run(self, rungs: Sequence[Rung], shown: int, left: Mapping[int, float]) -> None:
        """Draw a schedule, images shown so far, and seconds to come by rung."""
        self._rungs, self._shown, self._left = rungs, shown, left
        here = next((r for r in rungs if shown < r.end), None)
        count = thousands(shown)
        place = tr("{count} images", count=count)
        if here:
            place = tr("{size}, {count} images", size=here.size, count=count)
        self.setAccessibleDescription(place)
        self.setVisible(bool(rungs))
        self.update()

    def mark(self, shown: int | None) -> None:
        """Draw where the sheet and the curves are looked at."""
        self._mark = shown
        self.update()

    def _x(self, images: float) -> float:
        return self.width() * images / max(self._rungs[-1].end, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw bands, words below them, and the lines of now and of the mark."""
        if not self._rungs:
            return
        painter = QPainter(self)
        for number, rung in enumerate(self._rungs):
            self._band(painter, rung, first=number == 0)
            self._words(painter, rung)
        if self._mark is not None:
            painter.setPen(self._theme.color("dim"))
            x = self._x(self._mark)
            painter.drawLine(QPointF(x, 0), QPointF(x, BAND))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("text"))
        x = min(self._x(self._shown), self.width() - 1)
        painter.drawRect(QRectF(x - 1, 0, 2, BAND + 3))
        painter.drawPolygon([QPointF(x - 4, BAND + 6), QPointF(x + 4, BAND + 6), QPointF(x, BAND)])

    def _band(self, painter: QPainter, rung: Rung, *, first: bool) -> None:
        """Draw one rung: a wedge where it fades in; what is trained in the focus colour."""
        left, full, right = self._x(rung.begin), self._x(rung.full), self._x(rung.end) - 1
        shape = [QPointF(full, 0), QPointF(right, 0), QPointF(right, BAND), QPointF(left, BAND)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = self._theme.color("panel")
        ahead, done = self._theme.color("line"), self._theme.color("focus").darker(170)
        now = min(max(self._x(self._shown), left), right)
        for faint, colour, begin, end in (
            (done.darker(170), done, left, now),
            (ground, ahead, now, right),
        ):
            painter.setClipRect(QRectF(begin, 0, end - begin, BAND))
            if not first:  # below the wedge, the rung that it takes over from
                painter.fillRect(QRectF(left, 0, full - left, BAND), faint)
            painter.setBrush(colour)
            painter.drawPolygon(shape)
        painter.setClipping(False)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _words(self, painter: QPainter, rung: Rung) -> None:
        left, right = self._x(rung.begin), self._x(rung.end)
        painter.setFont(self._theme.font())
        room = QRectF(left + 6, 0, right - left - 10, BAND)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        if painter.fontMetrics().horizontalAdvance(rung.size) <= room.width():
            painter.setPen(self._theme.color("text"))
            painter.drawText(room, middle, rung.size)
        painter.setFont(self._theme.font("overlay"))
        painter.setPen(self._theme.color("dim"))
        words = self._eta(rung)
        room = QRectF(left + 6, BAND + GAP, right - left - 10, self.height() - BAND - GAP)
        if painter.fontMetrics().horizontalAdvance(words) <= room.width():
            painter.drawText(room, middle, words)

    def _eta(self, rung: Rung) -> str:
        if self._shown >= rung.end:
            return tr("done")
        if rung.number not in self._left:
            return tr("{count} images", count=thousands(rung.end - rung.begin))
        words = duration(self._left[rung.number])
        begun = rung.begin <= self._shown
        return tr("{time} left", time=words) if begun else tr("about {time}", time=words)

    def event(self, event: QEvent) -> bool:
        """Tell of the rung under the pointer."""
        if isinstance(event, QHelpEvent) and self._rungs:
            images = event.pos().x() / max(self.width(), 1) * self._rungs[-1].end
            rung = next((r for r in self._rungs if images < r.end), self._rungs[-1])
            words = (
                tr("{size}: fades in until {full}, from {begin} to {end} images; {left}")
                if rung.full > rung.begin
                else tr("{size}: from {begin} to {end} images; {left}")
            ).format(
                size=rung.size,
                full=thousands(rung.full),
                begin=thousands(rung.begin),
                end=thousands(rung.end),
                left=self._eta(rung),
            )
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for the moment under the pointer."""
        self._ask(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub."""
        self._ask(event)

    def _ask(self, event: QMouseEvent) -> None:
        if self._rungs and event.buttons() & Qt.MouseButton.LeftButton:
            share = event.position().x() / max(self.width(), 1)
            self.picked.emit(round(min(max(share, 0.0), 1.0) * self._rungs[-1].end))
