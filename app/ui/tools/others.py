"""Marks of others over the panes: presentation states and computer-aided detection, on demand."""

from dataclasses import replace

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPolygonF, QTransform

from app.core.display import Voi
from app.core.marks import Mark, Marks, Outcome, detection_on, marks_on
from app.language import tr, trn
from app.ui.desk import Desk
from app.ui.pane import Pane
from app.ui.tools import paint
from app.ui.tools.places import Places, places_of

POINT = 9.0  #: radius of the sign for a finding without an outline, in logical pixels
MOST_WORDS = 40  #: texts of one image that are written


class Others(QObject):
    """Shows what others marked once the reader asks for it: first look without help."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.shown = False
        desk.marked.connect(self.changed)

    @property
    def state(self) -> tuple[bool, int]:
        """What the drawing depends on: whether marks are shown, and how many files there are."""
        return self.shown, len(self._desk.marks)

    def toggle(self) -> str:
        """Show or hide the marks; return in words what came of it."""
        if not self._desk.marks:
            return tr("No presentation state or CAD report was found beside these images")
        self.shown = not self.shown
        self.changed.emit()
        return tr("Marks of others are shown") if self.shown else tr("Marks of others are hidden")

    def lines(self, pane: Pane) -> list[str]:
        """Return for each file what it says of a pane's image, and whether CAD left it out."""
        if pane.facts is None or not self._desk.marks:
            return []
        lines = []
        for marks, drawn in marks_on(pane.facts, self._desk.marks):
            lines.append(f"{marks.title}: {_count(marks, drawn)}")
        run = any(marks.outcome is not None for marks in self._desk.marks)
        if run and detection_on(pane.facts, self._desk.marks) is Outcome.NOT_RUN:
            lines.append(tr("CAD: not run"))
        return lines

    def vois(self, pane: Pane) -> list[Voi]:
        """Return the windows that presentation states ask for, named after their state."""
        if pane.facts is None:
            return []
        return [
            replace(voi, name=f"{marks.title}: {voi.name}")
            for marks, _ in marks_on(pane.facts, self._desk.marks)
            for voi in marks.vois.get(pane.facts.uid, ())
        ]

    def paint(self, painter: QPainter, pane: Pane, taken: list[QRectF]) -> None:
        """Draw the marks over a pane; `taken` is where words stand already."""
        places = places_of(pane)
        if not self.shown or places is None or pane.facts is None:
            return
        for marks, drawn in marks_on(pane.facts, self._desk.marks):
            color = pane.theme.color("text" if marks.outcome is None else "caution")
            for mark in drawn:
                paint.lines(painter, path_of(mark, places), color, Qt.PenStyle.DashLine)
            for mark in [one for one in drawn if one.text][:MOST_WORDS]:
                points = [places.shown(point) for point in mark.points]
                if pane.rect().contains(points[0].toPoint()):
                    paint.beside(painter, pane, points, mark.text, color, taken)


def _count(marks: Marks, drawn: tuple[Mark, ...]) -> str:
    if marks.outcome is Outcome.FAILED:
        return tr(Outcome.FAILED.value)
    if marks.outcome is not None and not drawn:
        return tr(Outcome.NONE_FOUND.value)
    return trn("{count} mark", "{count} marks", len(drawn))


def path_of(mark: Mark, places: Places) -> QPainterPath:
    """Return the lines of a mark in logical pixels of the pane."""
    points = [places.shown(point) for point in mark.points]
    path = QPainterPath()
    if mark.shape == "polyline":
        path.addPolygon(QPolygonF(points))
    elif mark.shape == "point":
        at = points[0]
        path.addPolygon(
            QPolygonF(
                [
                    at + QPointF(0, -POINT),
                    at + QPointF(POINT * 0.87, POINT * 0.5),
                    at + QPointF(-POINT * 0.87, POINT * 0.5),
                    at + QPointF(0, -POINT),
                ]
            )
        )
    elif mark.shape == "circle" and len(points) > 1:
        off = points[1] - points[0]
        radius = (off.x() ** 2 + off.y() ** 2) ** 0.5
        path.addEllipse(points[0], radius, radius)
    elif mark.shape == "ellipse" and len(points) > 3:
        path.addEllipse(QPointF(0, 0), 0.5, 0.5)
        one, two = points[1] - points[0], points[3] - points[2]
        middle = (points[0] + points[1]) / 2
        turn = QTransform(one.x(), one.y(), two.x(), two.y(), middle.x(), middle.y())
        path = turn.map(path)
    return path
