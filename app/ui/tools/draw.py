"""What all drawing tools share: a draft while the button is down, handles of what is there."""

from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from app.core.annotation import PLACES, Annotation, Kind
from app.core.geometry import Point
from app.ui.pane import Pane
from app.ui.tools import paint
from app.ui.tools.base import Tool
from app.ui.tools.notebook import Selected
from app.ui.tools.places import Places, places_of

REACH = 7.0  #: logical pixels round a handle or line that still take hold of it
LEAST = 3.0  #: a shorter drag draws nothing


@dataclass(slots=True)
class _Hold:
    """An annotation under the hand: one of its places, or None for all of it."""

    chosen: Selected
    place: int | None
    now: Annotation
    last: Point


class DrawTool(Tool):
    """Draws annotations of one kind; takes hold of any that is there already."""

    kind: ClassVar[Kind]
    cursor = Qt.CursorShape.CrossCursor

    pane: Pane | None = None
    draft: Annotation | None = None
    _start = QPointF()
    _hold: _Hold | None = None

    def press(self, pane: Pane, place: QPointF, *, alone: bool) -> None:
        """Take hold of an annotation under the pointer, or begin a new one."""
        notebook, places = self.hands.notebook, places_of(pane)
        key = notebook.key_of(pane)
        if places is None or key is None:
            return
        self.pane, self._start = pane, place
        self._hold = self._under(pane, key, place, places)
        notebook.select(self._hold.chosen if self._hold else None)
        if self._hold is None:
            self.draft = self.begun(places.inside(places.stored(place)))

    def begun(self, place: Point) -> Annotation:
        """Return the new annotation as it is when the button goes down."""
        return Annotation(kind=self.kind, points=(place,) * PLACES[self.kind][0])

    def stretched(self, draft: Annotation, place: Point) -> Annotation:
        """Return the new annotation when the pointer has come to a place."""
        return draft.with_place(len(draft.points) - 1, place)

    def drag(self, pane: Pane, place: QPointF, move: QPointF) -> None:
        """Stretch what is new, or move what was taken hold of."""
        places = places_of(pane)
        if places is None or pane is not self.pane:
            return
        at = places.inside(places.stored(place))
        if self._hold is not None:
            self._move(self._hold, at, places)
        elif self.draft is not None:
            self.draft = self.stretched(self.draft, at)
        pane.update()

    def release(self, pane: Pane) -> None:
        """Keep what was drawn or moved, as one step of undo."""
        hold, self._hold = self._hold, None
        if hold is not None:
            notebook = self.hands.notebook
            notes = notebook.notes(hold.chosen.image)
            if hold.chosen.number < len(notes.annotations):
                notebook.put(hold.chosen.image, notes.with_annotation(hold.now, hold.chosen.number))
        elif self.draft is not None:
            self.finish(self.draft)
        pane.update()

    def finish(self, draft: Annotation) -> None:
        """Keep the draft, unless the hand hardly moved."""
        pane, self.draft, self.pane = self.pane, None, None
        places = places_of(pane) if pane is not None else None
        key = self.hands.notebook.key_of(pane) if pane is not None else None
        if places is None or key is None:
            return
        shown = [places.shown(point) for point in draft.points]
        away = [p - shown[0] for p in shown[1:]]
        if max(abs(p.x()) + abs(p.y()) for p in away) >= LEAST:
            self.hands.notebook.add(key, draft)

    def cancel(self) -> bool:
        """Drop the draft."""
        dropped, self.draft, self._hold = self.draft or self._hold, None, None
        if self.pane is not None:
            self.pane.update()
        return dropped is not None

    def paint(self, painter: QPainter, pane: Pane) -> None:
        """Draw the draft, or what is being moved, where it is now."""
        if pane is not self.pane:
            return
        now = self._hold.now if self._hold else self.draft
        if now is not None:
            paint.annotation(painter, pane, now, selected=True)

    def moving(self) -> Selected | None:
        """Return the annotation under the hand: it is drawn here, not where it was."""
        return self._hold.chosen if self._hold else None

    def _move(self, hold: _Hold, at: Point, places: Places) -> None:
        if hold.place is None:
            moved = hold.now.moved(at[0] - hold.last[0], at[1] - hold.last[1])
            if all(places.inside(point) == point for point in moved.points):
                hold.now, hold.last = moved, at
        else:
            hold.now = hold.now.with_place(hold.place, at)

    def _under(self, pane: Pane, key: str, place: QPointF, places: Places) -> _Hold | None:
        """Return the annotation under the pointer, the selected one and the newest first."""
        notes = self.hands.notebook.notes(key)
        chosen = self.hands.notebook.selection
        order = list(reversed(range(len(notes.annotations))))
        if chosen is not None and chosen.image == key:
            order.sort(key=lambda number: number != chosen.number)
        at = places.stored(place)
        for number in order:
            one = notes.annotations[number]
            held = Selected(image=key, number=number)
            if one.kind != "freehand":
                for handle, point in enumerate(one.points):
                    off = places.shown(point) - place
                    if abs(off.x()) <= REACH and abs(off.y()) <= REACH:
                        return _Hold(held, handle, one, at)
            if paint.outline(one, places).near(place, REACH):
                return _Hold(held, None, one, at)
        return None
