"""Where the reader goes, for undo: exam, prior, protocol, step; what is linked and written."""

from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.core.paging import Place
from app.core.protocol import Overlay
from app.core.viewstate import History
from app.ui.desk import Desk
from app.ui.grid import Grid
from app.ui.hands import Hands
from app.ui.tools.undo import KEPT, Undo


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place, and what counts for all places."""

    place: Place
    level: Overlay | None
    linked: bool
    mirror: bool


Left = tuple[Spot, tuple[History, str]]  #: with the views of its step, and how they were fitted


class Moves(QObject):
    """Remembers where the reader was, and how the images lay there."""

    remembered = Signal()

    def __init__(
        self, desk: Desk, grid: Grid, hands: Hands, undo: Undo, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._grid, self._hands, self._undo = desk, grid, hands, undo
        self._past: deque[Left] = deque(maxlen=KEPT)
        self._future: deque[Left] = deque(maxlen=KEPT)
        self._now = self._spot()
        self._going = False
        undo.add("move", self, self.remembered)
        undo.moving = lambda: self._now.place != desk.place_now()
        desk.cleared.connect(self._forget)
        desk.hung.connect(lambda _: self._follow())
        hands.linking_changed.connect(self._follow)
        grid.levelled.connect(self._follow)

    def _spot(self) -> Spot:
        hands = self._hands
        return Spot(
            place=self._desk.place_now(),
            level=self._grid.level,
            linked=hands.linked,
            mirror=hands.mirror,
        )

    def _forget(self) -> None:
        """Something else is opened."""
        self._past.clear()
        self._future.clear()
        self._now = self._spot()
        self._undo.forget("move", "view")

    def _follow(self) -> None:
        before, self._now = self._now, self._spot()
        if self._going or before == self._now or not before.place.exam:
            return  # what was opened first is no move
        moved = before.place != self._now.place
        left = self._grid.left if moved else (self._grid.history, self._grid.fit)
        self._past.append((before, left))
        self._future.clear()
        self.remembered.emit()

    def undo(self) -> None:
        """Go back to where the reader was before."""
        if self._past:
            self._future.append((self._now, (self._grid.history, self._grid.fit)))
            self._go(*self._past.pop())

    def redo(self) -> None:
        """Go again where an undo came from."""
        if self._future:
            self._past.append((self._now, (self._grid.history, self._grid.fit)))
            self._go(*self._future.pop())

    def _go(self, spot: Spot, left: tuple[History, str]) -> None:
        self._going = True
        moved = spot.place != self._now.place
        if moved:
            self._desk.go_to(spot.place)
            self._grid.recall(*left)
        if spot.level != self._grid.level:
            self._grid.set_level(spot.level)
        self._hands.set_linked(spot.linked)
        self._hands.set_mirror(spot.mirror)
        self._going = False
        self._now = self._spot()
