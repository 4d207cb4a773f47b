"""The protractor: drag the first arm to the corner, then click where the second arm ends."""

from PySide6.QtCore import QPointF

from app.core.annotation import Annotation
from app.core.geometry import Point
from app.ui.pane import Pane
from app.ui.tools.draw import DrawTool
from app.ui.tools.places import places_of


class AngleTool(DrawTool):
    """Draws an angle in two movements; Esc between them drops it."""

    name, key, kind = "angle", "A", "angle"
    _second = False  #: the corner is there, the second arm follows the pointer

    def press(self, pane: Pane, place: QPointF, *, alone: bool) -> None:
        """Begin, or set the end of the second arm."""
        if not self._second:
            super().press(pane, place, alone=alone)
        elif pane is self.pane:
            self.hover(pane, place)

    def stretched(self, draft: Annotation, place: Point) -> Annotation:
        """Lead the corner first, and the end of the second arm after it."""
        if self._second:
            return draft.with_place(2, place)
        return Annotation(kind="angle", points=(draft.points[0], place, place))

    def hover(self, pane: Pane, place: QPointF) -> None:
        """Have the second arm follow the pointer."""
        places = places_of(pane)
        if self._second and self.draft and pane is self.pane and places is not None:
            self.draft = self.stretched(self.draft, places.inside(places.stored(place)))
            pane.update()

    def finish(self, draft: Annotation) -> None:
        """After the first arm wait for the second."""
        if self._second:
            self._second = False
            super().finish(draft)
        elif draft.points[0] == draft.points[1]:
            self.draft = None
        else:
            self._second = True

    def cancel(self) -> bool:
        """Drop the draft."""
        self._second = False
        return super().cancel()
