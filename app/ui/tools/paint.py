"""Draws annotations: thin lines with a dark halo, the results beside them."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPen,
    QPolygonF,
)

from app.core.annotation import Annotation
from app.core.annotation_words import brief
from app.ui.overlay import write
from app.ui.pane import Pane
from app.ui.pictures import Picture
from app.ui.tools.by_image import ByImage
from app.ui.tools.places import Places, places_of

HALO = QColor(0, 0, 0, 170)
HANDLE = 3.0  #: half the side of a handle in logical pixels
GAP = 6.0  #: between a drawing and its words
TRIES = 8  #: places further down that words try when others stand where they would
_KNOWN: ByImage[str] = ByImage(500)


@dataclass(frozen=True, slots=True)
class Outline:
    """The lines of an annotation in a pane."""

    path: QPainterPath

    def near(self, place: QPointF, reach: float) -> bool:
        """Return whether a place of the pane is on the lines or hardly beside them."""
        stroker = QPainterPathStroker()
        stroker.setWidth(2 * reach)
        return stroker.createStroke(self.path).contains(place)


def outline(one: Annotation, places: Places) -> Outline:
    """Return the lines of an annotation in logical pixels of the pane."""
    points = [places.shown(point) for point in one.points]
    path = QPainterPath(points[0])
    if one.kind == "rectangle":
        path.addRect(QRectF(points[0], points[1]).normalized())
    elif one.kind == "ellipse":
        path.addEllipse(QRectF(points[0], points[1]).normalized())
    else:
        for point in points[1:]:
            path.lineTo(point)
        if one.kind == "freehand":
            path.closeSubpath()
    return Outline(path)


def annotation(
    painter: QPainter,
    pane: Pane,
    one: Annotation,
    *,
    selected: bool,
    taken: list[QRectF] | None = None,
) -> None:
    """Draw one annotation over a pane."""
    places = places_of(pane)
    if places is None or pane.picture is None:
        return
    color = pane.theme.color("focus" if selected else "text")
    lines(painter, outline(one, places).path, color)
    if one.kind in ("distance", "profile"):
        _ends(painter, places.shown(one.points[0]), places.shown(one.points[1]), color)
    if selected and one.kind != "freehand":
        painter.setPen(Qt.PenStyle.NoPen)
        for point in one.points:
            at = places.shown(point)
            box = QRectF(at.x() - HANDLE, at.y() - HANDLE, 2 * HANDLE, 2 * HANDLE)
            painter.fillRect(box.adjusted(-1, -1, 1, 1), HALO)
            painter.fillRect(box, color)
    points = [places.shown(p) for p in one.points]
    if QRectF(pane.rect()).intersects(QPolygonF(points).boundingRect().adjusted(0, 0, 1, 1)):
        beside(painter, pane, points, _words(one, pane.picture), color, taken)


def lines(
    painter: QPainter,
    path: QPainterPath,
    color: QColor,
    style: Qt.PenStyle = Qt.PenStyle.SolidLine,
) -> None:
    """Draw lines with a halo that keeps them visible over bright tissue."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(HALO, 3.4))
    painter.drawPath(path)
    painter.setPen(QPen(color, 1.4, style))
    painter.drawPath(path)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _ends(painter: QPainter, start: QPointF, end: QPointF, color: QColor) -> None:
    """Draw the short strokes that end a ruler."""
    along = end - start
    size = (along.x() ** 2 + along.y() ** 2) ** 0.5
    if size < 1:
        return
    across = QPointF(-along.y(), along.x()) * (5 / size)
    path = QPainterPath()
    for at in (start, end):
        path.moveTo(at - across)
        path.lineTo(at + across)
    lines(painter, path, color)


def beside(
    painter: QPainter,
    pane: Pane,
    points: list[QPointF],
    words: str,
    color: QColor,
    taken: list[QRectF] | None = None,
) -> None:
    """Write words right of and below the lowest place of a drawing, never outside the pane.

    `taken` holds where words stand already; these go below them, and are added.
    """
    if not words:
        return
    painter.setFont(pane.theme.font("overlay"))
    painter.setPen(color)
    metrics = QFontMetricsF(painter.font(), painter.device())
    box = metrics.boundingRect(QRectF(0, 0, 4000, 4000), 0, words)
    lowest = max(points, key=lambda p: p.y())
    x = min(max(lowest.x() + GAP, GAP), pane.width() - box.width() - GAP)
    y = min(max(lowest.y() + GAP, GAP), pane.height() - box.height() - GAP)
    area = QRectF(x, y, box.width() + 2, box.height() + 2)
    area = _free(area, [] if taken is None else taken, pane)
    if taken is not None:
        taken.append(area)
    write(painter, area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, words)


def _free(area: QRectF, taken: list[QRectF], pane: Pane) -> QRectF:
    """Return an area moved below what is taken, above it where the pane ends; else as it is."""
    for down in (True, False):
        moved = QRectF(area)
        for _ in range(TRIES):
            hit = next((other for other in taken if other.intersects(moved)), None)
            if hit is None:
                if QRectF(pane.rect()).contains(moved):
                    return moved
                break
            moved.moveTop(hit.bottom() + 1 if down else hit.top() - moved.height() - 1)
    return area


def _words(one: Annotation, picture: Picture) -> str:
    """Return the words beside a drawing; the statistics of a large region take a while, once."""
    pixels = picture.mammogram.pixels
    if (words := _KNOWN.get(pixels, one)) is None:
        words = "\n".join(brief(one, picture.mammogram))
        _KNOWN.put(pixels, words, one)
    return words
