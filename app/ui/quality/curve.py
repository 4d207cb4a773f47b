"""Two small plots: luminance over grey level, and how far each step of contrast is off."""

from math import log10

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.core.gsdf import DIAGNOSTIC, OTHER, Conformance, conformance, target
from app.language import tr
from app.ui.locale import number
from app.ui.theme import Theme

USUAL = (1.05, 420.0)  #: black and white, cd/m2, between which the function is drawn at first
GREYS = range(256)
TOP = 0.4  #: deviation at the edge of the plot


class Curves(QWidget):
    """Draws the function, and what was measured once there is something."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.found: Conformance | None = None
        self.setMinimumHeight(230)
        self.setAccessibleName(tr("Luminance and deviation of contrast over grey level"))

    def show_found(self, found: Conformance | None) -> None:
        """Draw a check, or the function alone."""
        self.found = found
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both plots side by side."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font("overlay"))
        line = float(self._theme.overlay)
        edge = 4 * line
        wide = (self.width() - 2 * edge - 16 - 1.5 * line) / 2
        high = self.height() - 3.4 * line - 6
        left = QRectF(edge, 1.7 * line, wide, high)
        right = left.translated(wide + edge + 16, 0)
        self._luminance(painter, left)
        self._deviation(painter, right)
        painter.end()

    def _frame(self, painter: QPainter, area: QRectF, title: str) -> None:
        painter.setPen(self._theme.color("line"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area)
        painter.setPen(self._theme.color("dim"))
        line = float(self._theme.overlay)
        over = QRectF(area.left(), area.top() - 1.7 * line, area.width(), 1.6 * line)
        painter.drawText(over, int(Qt.AlignmentFlag.AlignLeft), title)
        for grey in (0, 255):
            x = area.left() + grey / 255 * area.width()
            box = QRectF(x - 30, area.bottom() + 2, 60, 1.5 * line)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignHCenter), str(grey))
        under = QRectF(area.left(), area.bottom() + 2, area.width(), 1.5 * line)
        painter.drawText(under, int(Qt.AlignmentFlag.AlignHCenter), tr("grey level"))

    def _luminance(self, painter: QPainter, area: QRectF) -> None:
        self._frame(painter, area, tr("luminance, cd/m²"))
        found = self.found
        ends = (found.measured[0], found.measured[-1]) if found else USUAL
        low, high = log10(ends[0]) - 0.15, log10(ends[1]) + 0.15

        def place(grey: int, candela: float) -> QPointF:
            up = (log10(candela) - low) / (high - low)
            return QPointF(
                area.left() + grey / 255 * area.width(), area.bottom() - up * area.height()
            )

        line = float(self._theme.overlay)
        for candela in ends:
            box = QRectF(0, place(0, candela).y() - line, area.left() - 5, 2 * line)
            flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(box, flags, number(candela, 0 if candela >= 100 else 2))
        curve = QPolygonF(
            [place(g, float(c)) for g, c in zip(GREYS, target(*ends, GREYS), strict=True)]
        )
        painter.setPen(QPen(self._theme.color("dim"), 1))
        painter.drawPolyline(curve)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("focus"))
        if found:
            for grey, candela in zip(found.greys, found.measured, strict=True):
                painter.drawEllipse(place(grey, candela), 3, 3)

    def _deviation(self, painter: QPainter, area: QRectF) -> None:
        self._frame(painter, area, tr("deviation of contrast from the display function"))
        line, middle = float(self._theme.overlay), area.center().y()
        for limit in (DIAGNOSTIC, OTHER):
            for sign in (1, -1):
                y = middle - sign * limit / TOP * area.height() / 2
                painter.setPen(QPen(self._theme.color("line"), 1, Qt.PenStyle.DashLine))
                painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
                painter.setPen(self._theme.color("dim"))
                box = QRectF(area.left() - 5 - 4 * line, y - line, 4 * line, 2 * line)
                flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                painter.drawText(box, flags, f"{sign * limit:+.0%}")
        painter.setPen(self._theme.color("line"))
        painter.drawLine(QPointF(area.left(), middle), QPointF(area.right(), middle))
        found = self.found or conformance((0, 128, 255), tuple(target(*USUAL, (0, 128, 255))))
        for low, high, off in zip(found.greys, found.greys[1:], found.contrast, strict=False):
            x0, x1 = (area.left() + grey / 255 * area.width() for grey in (low, high))
            tall = max(min(off / TOP, 1.0), -1.0) * area.height() / 2
            token = (
                "focus" if abs(off) <= DIAGNOSTIC else "caution" if abs(off) <= OTHER else "error"
            )
            bar = QRectF(x0 + 1, middle - max(tall, 0), x1 - x0 - 2, abs(tall))
            painter.fillRect(bar, self._theme.color(token))
