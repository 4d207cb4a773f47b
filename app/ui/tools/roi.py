"""Regions: ellipse, rectangle, and an outline drawn by hand."""

from app.core.annotation import Annotation
from app.core.geometry import Point
from app.ui.tools.draw import DrawTool
from app.ui.tools.places import places_of


class EllipseTool(DrawTool):
    """An ellipse in the box that is dragged."""

    name, key, kind = "ellipse", "E", "ellipse"


class RectangleTool(DrawTool):
    """The box that is dragged."""

    name, key, kind = "rectangle", "B", "rectangle"


class FreehandTool(DrawTool):
    """The outline the pointer goes along; it closes itself."""

    name, key, kind = "freehand", "J", "freehand"

    def stretched(self, draft: Annotation, place: Point) -> Annotation:
        """Add a place once the pointer has come two pixels of the screen further."""
        places = places_of(self.pane) if self.pane is not None else None
        if places is None:
            return draft
        off = places.shown(place) - places.shown(draft.points[-1])
        if abs(off.x()) + abs(off.y()) < 2 or len(draft.points) >= 5000:
            return draft
        return Annotation(kind="freehand", points=(*draft.points, place))

    def finish(self, draft: Annotation) -> None:
        """Keep the outline less the places it began with; two do not make a region."""
        points = tuple(dict.fromkeys(draft.points))
        if len(points) >= 3:
            super().finish(Annotation(kind="freehand", points=points))
        else:
            self.cancel()
