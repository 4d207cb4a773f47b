"""The quadrant tour: one key walks through the breasts at one image pixel per device pixel."""

from dataclasses import replace

from PySide6.QtCore import QObject

from app.core import tour
from app.core.viewstate import PaneView
from app.ui.hands import Hands
from app.ui.pane import Pane


class Tour(QObject):
    """Walks the active pane and those that pan with it; at the end the old view is back."""

    def __init__(self, hands: Hands, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hands, self._grid = hands, hands.grid
        self._before: tuple[PaneView, ...] = ()
        self._panes: list[Pane] = []
        self._counts = (1, 1)
        self.number = -1  #: of the stop in view; -1 when there is no tour
        self._grid.restarted.connect(self._forget)

    @property
    def length(self) -> int:
        """How many stops the tour has."""
        return self._counts[0] * self._counts[1]

    def words(self, pane: Pane) -> str:
        """Return what is written over a pane on tour."""
        return f"tour {self.number + 1} / {self.length}" if pane in self._panes else ""

    def step(self, by: int = 1) -> None:
        """Go to the next stop, or back; begins at the active pane."""
        if self.number < 0 and not self._begin():
            return
        self.number = self.number + by if self.number >= 0 else (0 if by > 0 else self.length - 1)
        if not 0 <= self.number < self.length:
            self.end()
            return
        self._grid.fit = ""
        self._grid.change(self._panes, self._stop, at_once=True)

    def end(self) -> bool:
        """Go back to the views before the tour; return whether there was one."""
        if self.number < 0:
            return False
        before = dict(zip(self._grid.panes, self._before, strict=True))
        panes = self._panes
        self._forget()
        self._grid.change(panes, lambda pane: _moved(pane.view, before[pane]), at_once=True)
        return True

    def _begin(self) -> bool:
        pane = self._grid.active
        if pane is None or pane.plate is None or pane.picture is None:
            return False
        self._panes = [p for p in self._hands.partners(pane, "pan") if p.plate is not None]
        needed = [tour.stops_needed(p.plate, p.tile()) for p in self._panes if p.plate is not None]
        self._counts = max(n[0] for n in needed), max(n[1] for n in needed)
        self._before = self._grid.views()
        return True

    def _stop(self, pane: Pane) -> PaneView:
        assert pane.plate is not None
        return tour.stop(pane.view, pane.plate, pane.tile(), self._counts, self.number)

    def _forget(self) -> None:
        self.number, self._panes = -1, []


def _moved(view: PaneView, before: PaneView) -> PaneView:
    """Return where a view was before, with the window it has now."""
    return replace(view, scale=before.scale, depth=before.depth, along=before.along)
