"""From places in a pane to places in the stored image and back."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF

from app.core.geometry import Point, Transform
from app.core.resample import Placement
from app.core.viewstate import placement
from app.ui.pane import Pane


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the pixels of one image lie in a pane as it is shown now."""

    place: Placement
    transform: Transform
    rows: int
    columns: int
    ratio: float

    def stored(self, point: QPointF) -> Point:
        """Return the (x, y) in the stored image under a point of the pane, maybe outside it."""
        x = (point.x() * self.ratio - self.place.left) / self.place.zoom_x
        y = (point.y() * self.ratio - self.place.top) / self.place.zoom_y
        return self.transform.back((x, y), self.rows, self.columns)

    def shown(self, point: Point) -> QPointF:
        """Return where a place of the stored image lies in the pane, in logical pixels."""
        x, y = self.transform.forward(point, self.rows, self.columns)
        return QPointF(
            (self.place.left + x * self.place.zoom_x) / self.ratio,
            (self.place.top + y * self.place.zoom_y) / self.ratio,
        )

    def inside(self, point: Point) -> Point:
        """Return a place of the stored image moved to its edge when it was outside."""
        return min(max(point[0], 0.0), self.columns), min(max(point[1], 0.0), self.rows)


def places_of(pane: Pane) -> Places | None:
    """Return the places of a pane, None when it shows no mammogram."""
    if pane.facts is None or pane.plate is None or pane.picture is None:
        return None
    return Places(
        place=placement(pane.view, pane.plate, pane.tile()),
        transform=pane.transform,
        rows=pane.facts.rows,
        columns=pane.facts.columns,
        ratio=pane.ratio,
    )
